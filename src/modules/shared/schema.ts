import { z } from 'zod'

/** A path on a host: absolute, since a run has no working directory there. */
export const hostPath = z
  .string()
  .regex(/^\//, 'an absolute path is expected, such as /etc/ceph')
  .refine((path) => !path.includes('\0') && !path.split('/').includes('..'), 'the path must not contain ".."')
  .transform((path) => (path.length > 1 ? path.replace(/\/+$/, '') : path))

/** A mode as text, since the number 640 is not the octal 0640. */
export const fileMode = z
  .string()
  .regex(/^[0-7]{3,4}$/, 'an octal mode in quotes is expected, such as "0640"')
  .transform((mode) => mode.padStart(4, '0'))

/** The name of a user or group; a bare number would never equal the name that the host reports. */
export const accountName = z
  .string()
  .regex(/^[A-Za-z_][\w.@-]*\$?$/, 'the name of a user or group is expected, not a number')

/** Environment variables of a command; never for secrets, which other users could read in /proc. */
export const environment = z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'not a name of a variable'), z.string())

export const seconds = z.number().positive()
