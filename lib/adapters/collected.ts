/** All that a paginator of the SDK yields: of each page what `itemsOf` finds there, without what is not known. */
export async function collected<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly (Item | undefined)[] | undefined,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...(itemsOf(page) ?? []).filter((item) => item !== undefined));
  return items;
}
