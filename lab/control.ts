/** One stanza of a Debian control file: `Package`, `Version`, `Depends` and so on. */
export type ControlStanza = Readonly<Record<string, string>>

/** Parses the stanzas of a Debian control file, such as an apt `Packages` index (deb822(5)). */
export function parseControl(text: string): ControlStanza[] {
  const stanzas = text.split(/\n{2,}/).filter((stanza) => stanza.trim() !== '')
  return stanzas.map((stanza) => {
    const fields = stanza.trim().split(/\n(?=\S)/)
    return Object.fromEntries(fields.map((field) => splitOnce(field, ':')))
  })
}

/** The package names of a `Depends` field, each alternative on its own: `a (>= 1), b:any | c` is a, b and c. */
export function dependencyNames(depends: string): string[] {
  return depends.split(/[,|]/).map((item) => item.trim().replace(/[\s:(].*$/s, ''))
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return [text.slice(0, at), text.slice(at + 1).trim()]
}
