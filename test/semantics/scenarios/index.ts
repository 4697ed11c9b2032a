import type { Scenarios } from '../scenario.ts'
import { blockScenarios } from './blocks.ts'
import { endingScenarios } from './endings.ts'
import { fatalScenarios } from './fatal.ts'
import { growingScenarios } from './growing.ts'
import { handlerScenarios } from './handlers.ts'
import { hostScenarios } from './hosts.ts'
import { tagScenarios } from './tags.ts'

export const scenarios: Scenarios = {
  ...blockScenarios,
  ...endingScenarios,
  ...fatalScenarios,
  ...growingScenarios,
  ...handlerScenarios,
  ...hostScenarios,
  ...tagScenarios,
}
