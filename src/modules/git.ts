import { z } from 'zod'
import { type Change, change } from '../core/change.ts'
import { type Command, cmd } from '../core/command.ts'
import { TaskFailed } from '../core/errors.ts'
import type { Look } from '../core/look.ts'
import { defineModule } from '../core/module.ts'
import { hostPath } from './shared/schema.ts'

/** Nobody is there to be asked for a password or a host key. */
const env = { GIT_TERMINAL_PROMPT: '0', GIT_SSH_COMMAND: 'ssh -o BatchMode=yes' }
const isCommit = (version: string) => /^[0-9a-f]{40}$/.test(version)

const copyArguments = z.strictObject({
  repo: z
    .string()
    .regex(/^[^-\s][^\n]*$/, 'the address of a repository is expected')
    .refine((repo) => !/^\w+:\/\/[^/@]*:[^/@]*@/.test(repo), 'no password in the address: use a key of the host'),
  dest: hostPath.describe('folder of the working copy'),
  version: z
    .string()
    .regex(/^[^-\s]\S*$/, 'a branch, a tag or a commit of 40 digits is expected')
    .default('HEAD')
    .describe("branch, tag or commit; HEAD is the repository's own choice"),
  depth: z.int().min(1).optional().describe('of the history'),
  update: z.boolean().default(true).describe('false: what is there stays at the commit it has'),
  force: z.boolean().default(false).describe('changes made by hand are thrown away; else git refuses'),
})

type Wanted = z.output<typeof copyArguments>

/** A working copy of a git repository, at a branch's end, a tag or a commit. */
export const git = defineModule({
  name: 'git',
  description: "A working copy of a git repository, at a branch's end, a tag or a commit (a detached HEAD).",
  args: copyArguments,
  absent: { copy: undefined, commit: undefined },

  async read({ repo, dest, version, update }, look): Promise<Have> {
    const copy = await readCopy(look, dest)
    return { copy, commit: copy && !update ? copy.commit : await readRemote(look, repo, version) }
  },

  plan: (args, { copy, commit }) => (copy ? updateChanges(args, copy, commit) : cloneChanges(args, commit)),

  output: (_, { copy }) => copy && { commit: copy.commit },
})

function* cloneChanges({ repo, dest, version, depth }: Wanted, commit: string | undefined): Iterable<Change> {
  const options = [
    ...(depth === undefined ? [] : [`--depth=${depth}`]),
    ...(version === 'HEAD' || isCommit(version) ? [] : [`--branch=${version}`]),
  ]
  const clone = { ...cmd`git clone -q ${options} -- ${repo} ${dest}`, env, timeout: 1800 }
  yield change(`clone ${repo}`, clone, { from: undefined, to: commit ?? version })
  if (isCommit(version)) yield change(`check out ${version}`, inCopy(dest, 'checkout', '-q', '--detach', version))
}

function* updateChanges(
  { repo, dest, version, depth, force }: Wanted,
  copy: Copy,
  commit: string | undefined,
): Iterable<Change> {
  if (copy.url !== repo) {
    const command = inCopy(dest, 'remote', 'set-url', 'origin', repo)
    yield change('address of the repository', command, { from: copy.url, to: repo })
  }
  const checkout = ['checkout', '-q', ...(force ? ['--force'] : []), '--detach']
  if (commit !== undefined && copy.commit !== commit) {
    const shallow = depth === undefined ? [] : [`--depth=${depth}`]
    const what = isCommit(version) ? ['--tags', 'origin'] : ['origin', version]
    yield change(`fetch ${version}`, inCopy(dest, 'fetch', '-q', ...shallow, ...what), undefined, { counts: false })
    yield change(`check out ${version}`, inCopy(dest, ...checkout, commit), { from: copy.commit, to: commit })
  } else if (force && copy.changedByHand) {
    const difference = { from: copy.changedByHand, to: 'as committed' }
    yield change('throw away changes made by hand', inCopy(dest, ...checkout, copy.commit), difference)
  }
}

function inCopy(dest: string, ...words: readonly string[]): Command {
  return { ...cmd`git -C ${dest} ${words}`, env, timeout: 1800 }
}

interface Have {
  readonly copy: Copy | undefined
  /** Where the version is in the repository. */
  readonly commit: string | undefined
}

interface Copy {
  readonly commit: string
  readonly url: string
  /** Names of files, a line each. */
  readonly changedByHand: string
}

async function readCopy(look: Look, dest: string): Promise<Copy | undefined> {
  if (!(await look.file(`${dest}/.git`))) return undefined
  const [commit, url, status] = await Promise.all([
    look.text(cmd`git -C ${dest} rev-parse HEAD`),
    look.text(cmd`git -C ${dest} remote get-url origin`, { absent: [2, 128] }),
    look.text(cmd`git -C ${dest} status --porcelain --untracked-files=no`),
  ])
  return { commit: commit.trim(), url: (url ?? '').trim(), changedByHand: status.trimEnd() }
}

/** @throws TaskFailed when the repository has no such branch or tag. */
async function readRemote(look: Look, repo: string, version: string): Promise<string> {
  if (isCommit(version)) return version
  const output = await look.text({ ...cmd`git ls-remote -- ${repo} ${version} ${`${version}^{}`}`, env })
  const refs = new Map(output.split('\n').map((line) => [line.split('\t')[1] ?? '', line.split('\t')[0] ?? '']))
  const names = [`refs/heads/${version}`, `refs/tags/${version}^{}`, `refs/tags/${version}`, version]
  const commit = names.map((name) => refs.get(name)).find((found) => found !== undefined && found !== '')
  if (commit) return commit
  throw new TaskFailed({ summary: `${repo} has no branch or tag ${version}`, hint: 'see git ls-remote' })
}
