import { block } from '../../../src/core/block.ts'
import { play } from '../../../src/core/playbook.ts'
import { fail, type Scenarios, say, yamlFail, yamlSay } from '../scenario.ts'

const web = { name: 'p', hosts: 'a:b:c:d' }

export const fatalScenarios: Scenarios = {
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
}
