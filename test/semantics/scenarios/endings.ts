import { block } from '../../../src/core/block.ts'
import { play } from '../../../src/core/playbook.ts'
import { task } from '../../../src/core/task.ts'
import { attempt, fail, on, type Scenarios, say, yamlAttempt, yamlFail, yamlSay } from '../scenario.ts'

const web = { name: 'p', hosts: 'a:b:c:d' }

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

  'any_errors_fatal ends the run after the task': {
    yaml: `
- hosts: a:b:c:d
  gather_facts: false
  any_errors_fatal: true
  tasks:
    - raw: ${yamlFail('one', 'b')}
    - raw: ${yamlSay('two')}
- hosts: c
  gather_facts: false
  tasks:
    - raw: ${yamlSay('three')}`,
    plays: [
      play({ ...web, anyErrorsFatal: true, tasks: [fail('one', 'b'), say('two')] }),
      play({ name: '2', hosts: 'c', tasks: [say('three')] }),
    ],
    both: { effects: 'one a, one b, one c, one d', ending: 'failed' },
  },

  'any_errors_fatal: what a block rescues is not fatal': {
    yaml: `
- hosts: a:b
  gather_facts: false
  any_errors_fatal: true
  tasks:
    - block:
        - raw: ${yamlFail('one', 'b')}
        - raw: ${yamlSay('two')}
      rescue:
        - raw: ${yamlSay('rescue')}
    - raw: ${yamlSay('after')}`,
    plays: [
      play({
        name: 'p',
        hosts: 'a:b',
        anyErrorsFatal: true,
        tasks: [block({ tasks: [fail('one', 'b'), say('two')], rescue: [say('rescue')] }), say('after')],
      }),
    ],
    both: { effects: 'one a, one b, two a, rescue b, after a, after b', ending: 'ok' },
  },

  'any_errors_fatal: always runs where the block was begun': {
    yaml: `
- hosts: a:b
  gather_facts: false
  any_errors_fatal: true
  tasks:
    - block:
        - raw: ${yamlFail('one', 'b')}
        - raw: ${yamlSay('two')}
      always:
        - raw: ${yamlSay('always')}
    - raw: ${yamlSay('after')}`,
    plays: [
      play({
        name: 'p',
        hosts: 'a:b',
        anyErrorsFatal: true,
        tasks: [block({ tasks: [fail('one', 'b'), say('two')], always: [say('always')] }), say('after')],
      }),
    ],
    differs: {
      ansible: { effects: 'one a, one b, two a, always a, always b, after a', ending: 'failed' },
      ours: { effects: 'one a, one b, always a, always b', ending: 'failed' },
      why: 'fatal is fatal; a block with always makes Ansible go on with the hosts that did not fail',
    },
  },

  'any_errors_fatal: an unreachable host is fatal too': {
    yaml: `
- hosts: gone:a
  gather_facts: false
  any_errors_fatal: true
  tasks:
    - raw: ${yamlSay('one')}
    - raw: ${yamlSay('two')}`,
    plays: [play({ name: 'p', hosts: 'gone:a', anyErrorsFatal: true, tasks: [say('one'), say('two')] })],
    differs: {
      ansible: { effects: 'one a', ending: 'failed' },
      ours: { effects: 'one a', ending: 'unreachable' },
      why: 'the exit code says what went wrong, however the run was ended by it',
    },
  },

  'max_fail_percentage: more than so many end the run': {
    yaml: `
- hosts: a:b:c:d
  gather_facts: false
  max_fail_percentage: 49
  tasks:
    - raw: ${yamlFail('one', 'a')}
    - raw: ${yamlFail('two', 'b')}
    - raw: ${yamlSay('three')}`,
    plays: [play({ ...web, maxFailPercentage: 49, tasks: [fail('one', 'a'), fail('two', 'b'), say('three')] })],
    both: { effects: 'one a, one b, one c, one d, two b, two c, two d', ending: 'failed' },
  },

  'max_fail_percentage: exactly so many do not': {
    yaml: `
- hosts: a:b:c:d
  gather_facts: false
  max_fail_percentage: 50
  tasks:
    - raw: ${yamlFail('one', 'a|b')}
    - raw: ${yamlSay('two')}`,
    plays: [play({ ...web, maxFailPercentage: 50, tasks: [fail('one', 'a|b'), say('two')] })],
    both: { effects: 'one a, one b, one c, one d, two c, two d', ending: 'failed' },
  },

  'max_fail_percentage: unreachable hosts count': {
    yaml: `
- hosts: a:gone
  gather_facts: false
  max_fail_percentage: 40
  tasks:
    - raw: ${yamlSay('one')}
    - raw: ${yamlSay('two')}`,
    plays: [play({ name: 'p', hosts: 'a:gone', maxFailPercentage: 40, tasks: [say('one'), say('two')] })],
    differs: {
      ansible: { effects: 'one a, two a', ending: 'unreachable' },
      ours: { effects: 'one a', ending: 'unreachable' },
      why: 'a host that is away is not updated either; Ansible counts failures only',
    },
  },

  'max_fail_percentage with serial is about the batch': {
    yaml: `
- hosts: a:b:c:d
  gather_facts: false
  serial: 2
  max_fail_percentage: 50
  tasks:
    - raw: ${yamlFail('one', 'a|c')}
    - raw: ${yamlSay('two')}`,
    plays: [play({ ...web, serial: 2, maxFailPercentage: 50, tasks: [fail('one', 'a|c'), say('two')] })],
    both: { effects: 'one a, one b, two b, one c, one d, two d', ending: 'failed' },
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
