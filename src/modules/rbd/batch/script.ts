import { copies } from './copies.ts'
import { drill } from './drill.ts'
import { lastRole } from './last-role.ts'
import { look } from './look.ts'
import { roles } from './roles.ts'
import { run } from './run.ts'
import { shared } from './shared.ts'
import { writes } from './writes.ts'

/**
 * Works on many images of a pool over one connection to the cluster, where a process of `rbd` for each would take some
 * 100 ms of CPU: with librbd's Python bindings, which `ceph-common` brings to every host that has the `ceph` command.
 *
 * It reads a request (JSON) from standard input, and does the function that has the operation's name: `look` answers with
 * JSON; every other one works on an image, some at a time, and a line is printed for each (done on standard output, failed
 * on standard error). It ends with 0 only when all are done. What is done already is left as it is. What fails for a
 * moment only is tried again. An image that is not done in time is given up, and the others go on; with the process,
 * what hangs ends.
 */
export const batchScript = [shared, lastRole, look, roles, writes, copies, drill, run].join('\n\n')
