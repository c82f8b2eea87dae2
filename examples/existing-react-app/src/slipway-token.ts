/**
 * A viewer's token, from the page's own server: whoever is signed in there may see it. Its server keeps it out of the bundle, and
 * may give another one after it was revoked.
 */
export async function slipwayToken(): Promise<string> {
  const response = await fetch("/slipway-token");
  if (!response.ok) throw new Error(`The page's server answered ${response.status} instead of a token.`);
  return (await response.text()).trim();
}
