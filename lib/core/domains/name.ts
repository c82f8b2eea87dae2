import { mostConditionValues } from "../placement/placement.ts";

/** So long is a name in DNS at most, without the dot at its end. */
const longest = 253;
/** So many an app may have: its rule on the load balancer has five values, and needs two of them while the app is renamed. */
export const mostDomains = mostConditionValues - 2;

const label = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** A domain as it is stored: lower case, Punycode, without a dot at its end; or why it is none, to follow its name. */
export function domainName(given: string): { readonly name: string } | { readonly objection: string } {
  const text = given.trim().replace(/\.$/, "");
  if (text.includes("*")) return objection("is a wildcard; name each domain");
  if (text.includes("[") || /^[0-9a-f]*:[0-9a-f:.]*$/i.test(text)) return objection("is an IP address");
  // URL would take these as parts of a URL, and would not object.
  if (text === "" || /[\s/:@?#\\%|^<>]/.test(text)) return objection("is not a host name");
  // The name's own length: one that is long in Unicode is longer in Punycode.
  if (text.length > longest) return objection(`is longer than ${longest} characters`);
  const url = URL.parse(`http://${text}`);
  if (url === null) return objection("is not a host name");
  const name = url.hostname;
  if (/^\d+(\.\d+){3}$/.test(name)) return objection("is an IP address");
  if (name.length > longest) return objection(`is longer than ${longest} characters`);
  const labels = name.split(".");
  if (labels.length < 2 || !labels.every((each) => label.test(each)) || /^\d+$/.test(labels.at(-1) ?? ""))
    return objection("is not a host name");
  return { name };
}

const objection = (text: string) => ({ objection: text });

/** Whether a domain is below another, or that itself. */
export const isWithin = (name: string, domain: string): boolean => name === domain || name.endsWith(`.${domain}`);
