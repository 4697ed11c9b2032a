/** What goes into one RPM. */
export interface RpmPackage {
  readonly name: string
  readonly epoch?: number
  readonly version: string
  readonly release: string
  readonly summary: string
  readonly requires?: readonly string[]
  readonly provides?: readonly string[]
  /** Folder whose content is packaged; without it the package is empty. */
  readonly tree?: string
  /** Lines of the `%files` section. */
  readonly files?: readonly string[]
  /** systemd units that are enabled and started when the package is first installed, as upstream's presets do. */
  readonly units?: readonly string[]
  /** Configuration files of systemd-tmpfiles that it brings: folders such as /run/ceph are there at once. */
  readonly tmpfiles?: readonly string[]
  /** Shell lines run before its files are unpacked. */
  readonly pre?: readonly string[]
  /** It brings shared libraries. */
  readonly libraries?: boolean
}

/** The spec file of a package: its files as they are, no generated dependencies, no stripping. */
export function rpmSpec(made: RpmPackage): string {
  const { tree, files = [], pre = [] } = made
  return [
    `Name: ${made.name}`,
    ...(made.epoch === undefined ? [] : [`Epoch: ${made.epoch}`]),
    `Version: ${made.version}`,
    `Release: ${made.release}`,
    `Summary: ${made.summary}`,
    'License: see the package it is made from',
    'AutoReqProv: no',
    ...(made.requires ?? []).map((name) => `Requires: ${name}`),
    ...(made.provides ?? []).map((name) => `Provides: ${name}`),
    '%description',
    made.summary,
    '%install',
    'mkdir -p %{buildroot}',
    ...(tree ? [`cp -a '${tree}/.' %{buildroot}`] : []),
    ...section('%pre', pre),
    ...scriptlets(made),
    '%files',
    ...files,
    '',
  ].join('\n')
}

/** The units are started at the first installation, stopped before the last removal, and left alone by an upgrade. */
function scriptlets({ units = [], tmpfiles = [], libraries = false }: RpmPackage): string[] {
  const some = units.length > 0
  const names = units.join(' ')
  const link = libraries ? ['ldconfig'] : []
  const create = tmpfiles.map((file) => `systemd-tmpfiles --create ${file} || :`)
  const reload = some ? ['[ ! -d /run/systemd/system ] || systemctl daemon-reload'] : []
  const enable = some ? [`[ $1 -gt 1 ] || systemctl --quiet enable --now ${names} || :`] : []
  const disable = some ? [`[ $1 -gt 0 ] || systemctl --quiet disable --now ${names} || :`] : []
  return [
    ...section('%post', [...link, ...create, ...reload, ...enable]),
    ...section('%preun', disable),
    ...section('%postun', [...link, ...reload]),
  ]
}

const section = (head: string, lines: readonly string[]) => (lines.length > 0 ? [head, ...lines] : [])
