import { constants } from 'node:fs'
import { access, open, readdir, stat } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { InputError } from '../core/errors.ts'
import type { Declaration, Source } from './declaration.ts'
import { splitPort } from './hostname.ts'
import { parseIniInventory } from './ini.ts'
import { type LoadModule, readModuleInventory } from './module-inventory.ts'
import { runInventoryScript } from './script.ts'
import { readTextFile, type VaultSecrets } from './text-file.ts'
import { parseYamlInventory } from './yaml.ts'

/** How the parts of the world that a source needs are reached. */
export interface SourceTools {
  readonly vault: VaultSecrets
  readonly loadModule: LoadModule
}

/**
 * The sources that a value of `-i` stands for: a file, the files of a folder by name, or a list such as `host1,host2,`.
 *
 * @throws InputError with its place for a source that cannot be used.
 */
export async function readSources(path: string, tools: SourceTools): Promise<readonly Source[]> {
  const file = resolve(path)
  const info = await stat(file).catch(() => undefined)
  if (!info && path.includes(',')) return [readHostList(path)]
  if (!info)
    throw new InputError({
      summary: `there is no inventory "${path}"`,
      hint: 'check the path; a list of hosts has a comma in it, "host1,"',
    })
  if (info.isDirectory()) return readFolder(file, tools)
  return [{ name: file, folder: dirname(file), declarations: await readFile(file, tools) }]
}

/** Ansible's own list of what a folder of inventories may hold besides inventories. */
const ignored =
  /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.ini|\.cfg|\.retry)$/

async function readFolder(folder: string, tools: SourceTools): Promise<readonly Source[]> {
  const names = (await readdir(folder)).filter((name) => !ignored.test(name)).toSorted()
  const sources: Source[] = []
  for (const name of names) sources.push(...(await readSources(join(folder, name), tools)))
  return sources
}

function readHostList(list: string): Source {
  const location = { file: list }
  const entries = list.split(',').map((entry) => entry.trim())
  const declarations = entries
    .filter((entry) => entry !== '')
    .map((entry): Declaration => {
      const { address: host, port } = splitPort(entry)
      return { kind: 'host', host, group: 'ungrouped', port, location }
    })
  return { name: list, declarations }
}

const yamlExtensions = ['.yml', '.yaml', '.json']
const moduleExtensions = ['.ts', '.mts', '.js', '.mjs']

async function readFile(file: string, tools: SourceTools): Promise<readonly Declaration[]> {
  const extension = extname(file)
  if (moduleExtensions.includes(extension)) return readModuleInventory(file, tools.loadModule)
  if (extension === '.toml')
    throw new InputError({
      summary: 'inventories in TOML are not read',
      location: { file },
      hint: 'convert it: ansible-inventory -i FILE --list --export --yaml > inventory.yml',
    })
  const textExtension = yamlExtensions.includes(extension) || extension === '.ini'
  if (await isProgram(file, textExtension)) return runInventoryScript(file)
  const { text, yaml } = await readTextFile(file, tools.vault)
  const inYaml = yamlExtensions.includes(extension) ? !looksLikeIni(text) : extension === '' && looksLikeYaml(text)
  return inYaml ? parseYamlInventory(text, yaml) : parseIniInventory(text, yaml.file)
}

/** A file with `#!` or with binary content that may be executed; an inventory with a stray x bit is still text. */
async function isProgram(file: string, textExtension: boolean): Promise<boolean> {
  const start = await firstBytes(file)
  const shebang = start.startsWith('#!')
  if (!shebang && !start.includes('\0')) return false
  const executable = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
  if (shebang && !executable && !textExtension)
    throw new InputError({
      summary: 'this inventory is a script that may not be executed',
      location: { file },
      hint: `chmod +x ${file}`,
    })
  return executable
}

async function firstBytes(file: string): Promise<string> {
  const handle = await open(file).catch(() => undefined)
  if (!handle) return ''
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** Whether the first line that says something is one of YAML (`---`, `all:`, `{`) and not one of INI. */
function looksLikeYaml(text: string): boolean {
  return /^(?:---|%YAML|\{|["']?[^\s"'[=]+["']?\s*:(?:\s|$))/.test(firstLine(text))
}

/** Whether it begins with a section, which in YAML would be a list: no inventory begins so. */
function looksLikeIni(text: string): boolean {
  return /^\[[\w.-]+(?::\w+)?\]\s*(?:[#;].*)?$/.test(firstLine(text))
}

function firstLine(text: string): string {
  return text.split('\n').find((each) => /^\s*[^\s#;]/.test(each)) ?? ''
}
