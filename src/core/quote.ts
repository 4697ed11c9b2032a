const plain = /^[A-Za-z0-9_@%+=:,./-]+$/

/** One word for a POSIX shell (XCU 2.2.2): the text itself when it needs no quoting, else in single quotes. */
export function quote(word: string): string {
  return plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
