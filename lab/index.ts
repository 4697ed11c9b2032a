export type { Progress } from './error.ts'
export { LabError } from './error.ts'
export { inventoryYaml } from './inventory.ts'
export { type Lab, type LabUp, labDown, labUp } from './lab.ts'
export {
  consoleCommand,
  cutHost,
  freezeHost,
  type HostStatus,
  joinSites,
  killHost,
  type LabStatus,
  labStatus,
  mendHost,
  runHere,
  splitSites,
  sshCommand,
  thawHost,
} from './operate.ts'
export { labFiles } from './paths.ts'
export { whyNoLab } from './requirements.ts'
export { labNames, readState } from './state.ts'
export { subnetFor } from './subnet.ts'
export {
  type Flavour,
  filterHosts,
  type HostSpec,
  hostsOf,
  type LabHost,
  type SiteSpec,
  type Topology,
  topology,
} from './topology.ts'
