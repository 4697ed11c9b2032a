import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { type CommandResult, cmd } from '../../src/core/command.ts'
import { CommandFailed, UnexpectedOutput } from '../../src/core/errors.ts'
import { lookWith } from '../../src/core/look-with.ts'

const answering = (result: Partial<CommandResult>) =>
  lookWith(
    async () => ({ code: 0, stdout: '', stderr: '', ...result }),
    async (path) => `the text of ${path}`,
  )
const pools = z.array(z.object({ name: z.string() }))

describe('lookWith', () => {
  test('text is the output as it is', async () => {
    expect(await answering({ stdout: ' a\n' }).text(cmd`ls`)).toBe(' a\n')
  })

  test('an exit code that means absence is undefined; any other, and none at all, is a failure', async () => {
    expect(await answering({ code: 2 }).text(cmd`ls`, { absent: [2] })).toBeUndefined()
    expect(await answering({ code: 2 }).json(cmd`ls`, pools, { absent: [2] })).toBeUndefined()
    await expect(answering({ code: 1 }).text(cmd`ls`, { absent: [2] })).rejects.toThrow(CommandFailed)
    await expect(answering({ code: undefined }).json(cmd`ls`, pools, { absent: [2] })).rejects.toThrow(CommandFailed)
  })

  test('json of another shape, and what is no JSON, is unexpected and says where', async () => {
    expect(await answering({ stdout: '[{"name":"a"}]' }).json(cmd`ls`, pools)).toEqual([{ name: 'a' }])
    await expect(answering({ stdout: '[{"name":1}]' }).json(cmd`ls`, pools)).rejects.toThrow('0.name')
    await expect(answering({ stdout: 'warning\n[]' }).json(cmd`ls`, pools)).rejects.toThrow(UnexpectedOutput)
  })

  test('a file that is not there is undefined, one that cannot be looked at a failure', async () => {
    expect(await answering({}).file('/a')).toBeUndefined()
    await expect(answering({ code: 1, stderr: 'Permission denied' }).file('/a')).rejects.toThrow(CommandFailed)
  })

  test('controller files come from the controller', async () => {
    expect(await answering({}).controllerFile('a.hbs')).toBe('the text of a.hbs')
  })
})
