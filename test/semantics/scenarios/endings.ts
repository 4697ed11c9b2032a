import { play } from '../../../src/core/playbook.ts'
import { task } from '../../../src/core/task.ts'
import { attempt, fail, on, type Scenarios, say, yamlAttempt, yamlFail, yamlSay } from '../scenario.ts'

export const endingScenarios: Scenarios = {
  'a failed host leaves, also the next play': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - raw: ${yamlFail('one', 'a')}
    - raw: ${yamlSay('two')}
- hosts: a:b:c
  gather_facts: false
  tasks:
    - raw: ${yamlSay('three')}`,
    plays: [
      play({ name: '1', hosts: 'a:b', tasks: [fail('one', 'a'), say('two')] }),
      play({ name: '2', hosts: 'a:b:c', tasks: [say('three')] }),
    ],
    both: { effects: 'one a, one b, two b, three b, three c', ending: 'failed' },
  },

  'the run ends when a play has no host left': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - raw: ${yamlFail('one')}
- hosts: c
  gather_facts: false
  tasks:
    - raw: ${yamlSay('two')}`,
    plays: [
      play({ name: '1', hosts: 'a:b', tasks: [fail('one')] }),
      play({ name: '2', hosts: 'c', tasks: [say('two')] }),
    ],
    both: { effects: 'one a, one b', ending: 'failed' },
  },

  'an unreachable host leaves, also the next play': {
    yaml: `
- hosts: gone:a
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
- hosts: a:gone
  gather_facts: false
  tasks:
    - raw: ${yamlSay('two')}
    - raw: ${yamlSay('here')}
      delegate_to: a`,
    plays: [
      play({ name: '1', hosts: 'gone:a', tasks: [say('one')] }),
      play({ name: '2', hosts: 'a:gone', tasks: [say('two'), say('here', { delegateTo: 'a' })] }),
    ],
    both: { effects: 'one a, two a, here a', ending: 'unreachable' },
  },

  'both a failed and an unreachable host': {
    yaml: `
- hosts: gone:a:b
  gather_facts: false
  tasks:
    - raw: ${yamlFail('one', 'a')}`,
    plays: [play({ name: '1', hosts: 'gone:a:b', tasks: [fail('one', 'a')] })],
    differs: {
      ansible: { effects: 'one a, one b', ending: 'unreachable' },
      ours: { effects: 'one a, one b', ending: 'failed' },
      why: 'the exit code tells of the failure, which may have left something half done',
    },
  },

  'ignore_errors goes on, and is no failure': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - raw: ${yamlFail('one', 'a')}
      ignore_errors: true
    - raw: ${yamlSay('two')}`,
    plays: [play({ name: 'p', hosts: 'a:b', tasks: [fail('one', 'a', { ignoreErrors: true }), say('two')] })],
    both: { effects: 'one a, one b, two a, two b', ending: 'ok' },
  },

  'ignore_errors does not tolerate an unreachable host': {
    yaml: `
- hosts: gone:a
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
      ignore_errors: true
    - raw: ${yamlSay('here')}
      delegate_to: a`,
    plays: [
      play({
        name: 'p',
        hosts: 'gone:a',
        tasks: [say('one', { ignoreErrors: true }), say('here', { delegateTo: 'a' })],
      }),
    ],
    both: { effects: 'one a, here a', ending: 'unreachable' },
  },

  'ignore_unreachable goes on with the next task': {
    yaml: `
- hosts: gone:a
  gather_facts: false
  tasks:
    - raw: ${yamlSay('one')}
      ignore_unreachable: true
    - raw: ${yamlSay('here')}
      delegate_to: a`,
    plays: [
      play({
        name: 'p',
        hosts: 'gone:a',
        tasks: [say('one', { ignoreUnreachable: true }), say('here', { delegateTo: 'a' })],
      }),
    ],
    both: { effects: 'one a, here gone, here a', ending: 'ok' },
  },

  'until tries again until its condition comes true': {
    yaml: `
- hosts: a
  gather_facts: false
  tasks:
    - raw: ${yamlAttempt}
      register: seen
      until: seen.stdout | int >= 3
      retries: 5
      delay: 0
    - raw: ${yamlSay('after')}`,
    plays: [
      play({
        name: 'p',
        hosts: 'a',
        tasks: [
          task('try', attempt, {
            until: { condition: 'three tries', met: (count) => count >= 3, retries: 5, delay: 0 },
          }),
          say('after'),
        ],
      }),
    ],
    both: { effects: 'try a, try a, try a, after a', ending: 'ok' },
  },

  'until fails after so many retries': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - raw: ${yamlAttempt}
      register: seen
      until: inventory_hostname == 'b'
      retries: 2
      delay: 0
    - raw: ${yamlSay('after')}`,
    plays: [
      play({
        name: 'p',
        hosts: 'a:b',
        tasks: [
          task('on a', attempt, {
            when: on('a'),
            until: { condition: 'never', met: () => false, retries: 2, delay: 0 },
          }),
          task('on b', attempt, { when: on('b') }),
          say('after'),
        ],
      }),
    ],
    both: { effects: 'try a, try a, try a, try b, after b', ending: 'failed' },
  },

  'until tries again what failed, the first time too': {
    yaml: `
- hosts: a
  gather_facts: false
  tasks:
    - raw: ${yamlFail('one')}
      register: seen
      until: seen is succeeded
      retries: 1
      delay: 0
      ignore_errors: true
    - raw: ${yamlSay('after')}`,
    plays: [
      play({
        name: 'p',
        hosts: 'a',
        tasks: [
          fail('one', '*', {
            until: { condition: 'it works', met: () => true, retries: 1, delay: 0 },
            ignoreErrors: true,
          }),
          say('after'),
        ],
      }),
    ],
    both: { effects: 'one a, one a, after a', ending: 'ok' },
  },

  'failed_when fails by the output': {
    yaml: `
- hosts: a:b
  gather_facts: false
  tasks:
    - raw: ${yamlAttempt}
      register: seen
      failed_when: seen.stdout | int < 2
    - raw: ${yamlSay('after')}`,
    plays: [
      play({
        name: 'p',
        hosts: 'a:b',
        tasks: [task('try', attempt, { failedWhen: (count) => count < 2 && 'too few' }), say('after')],
      }),
    ],
    both: { effects: 'try a, try b, after b', ending: 'failed' },
  },
}
