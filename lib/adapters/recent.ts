/** Remembers what was set last, at most so many keys. */
export function recent<Key, Value>(most: number) {
  const values = new Map<Key, Value>();
  return {
    get: (key: Key): Value | undefined => values.get(key),
    set: (key: Key, value: Value): void => {
      values.delete(key);
      values.set(key, value);
      const [oldest] = values.size > most ? values.keys() : [];
      if (oldest !== undefined) values.delete(oldest);
    },
    delete: (key: Key): void => void values.delete(key),
  };
}
