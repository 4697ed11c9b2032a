import Handlebars from 'handlebars'
import { InputError } from '../../core/errors.ts'
import { reveal, Secret } from '../../core/secret.ts'

/**
 * A template of the controller filled with variables. Nothing is escaped, a variable that is not given is an error.
 * With a secret among the variables, the whole text is one.
 *
 * @throws InputError naming template, line and variable.
 */
export function render(template: string, name: string, vars: Readonly<Record<string, unknown>>): string | Secret {
  const secrets: Secret[] = []
  const plain = revealAll(vars, secrets)
  const text = attempt(name, () => Handlebars.compile(template, { noEscape: true, strict: true })(plain))
  return secrets.length > 0 ? new Secret(text) : text
}

function revealAll(value: unknown, secrets: Secret[]): unknown {
  if (value instanceof Secret) {
    secrets.push(value)
    return reveal(value)
  }
  if (Array.isArray(value)) return value.map((item) => revealAll(item, secrets))
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revealAll(item, secrets)]))
}

function attempt(name: string, fill: () => string): string {
  try {
    return fill()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new InputError(faultOf(name, error))
  }
}

function faultOf(file: string, { message }: Error) {
  const missing = /^"(.+)" not defined in .* - (\d+):(\d+)$/s.exec(message)
  if (missing) {
    const [, variable, line, column] = missing
    return {
      summary: `the template uses "${variable}", which is not given`,
      location: { file, line: Number(line), column: Number(column) + 1 },
      hint: `give it among the task's vars, or make it optional with {{#if …}} and vars: { …, ${variable}: undefined }`,
    }
  }
  const line = /line (\d+)|- (\d+):\d+$/.exec(message)
  return {
    summary: `the template cannot be used: ${message.split('\n')[0]}`,
    location: { file, line: line ? Number(line[1] ?? line[2]) : undefined },
    detail: message,
  }
}
