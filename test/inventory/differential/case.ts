/** An inventory that Ansible and we must read alike. */
export interface Case {
  readonly files: Readonly<Record<string, string>>
  /** Values of `-i`, relative to the folder of the files; default: the first file. */
  readonly sources?: readonly string[]
  /** Folder of the playbook, relative; default: none. */
  readonly playbookFolder?: string
}

export type Cases = Readonly<Record<string, Case>>

/** A case of one YAML file. */
export function yaml(text: string): Case {
  return { files: { 'inventory.yml': text } }
}

/** A case of one INI file. */
export function ini(text: string): Case {
  return { files: { hosts: text } }
}
