import { inspect } from 'node:util'

const mask = '********'
const known = new Set<string>()

/**
 * A value that must not be seen: a key, a password, a token.
 *
 * It prints as asterisks wherever it is printed, does not type-check inside `cmd`, and its text is remembered so that
 * reporters can blot it out wherever it turns up in the words of others (see redact.ts).
 */
export class Secret {
  readonly #value: () => string

  /** @param value The text, or what gives it each time that it is revealed. */
  constructor(value: string | (() => string)) {
    this.#value = typeof value === 'function' ? value : () => value
    if (typeof value === 'string') known.add(value)
  }

  /**
   * The text itself. Only transports (standard input) and modules that compare or compose secrets call this.
   *
   * @throws NotFetched for one that is kept elsewhere and has not come yet (see fetched-secret.ts).
   */
  reveal(): string {
    const text = this.#value()
    known.add(text)
    return text
  }

  toString(): string {
    return mask
  }

  toJSON(): string {
    return mask
  }

  [inspect.custom](): string {
    return mask
  }
}

/** Text with secrets in it, itself a secret: secretText`[client.x]\n\tkey = ${key}\n`. */
export function secretText(strings: TemplateStringsArray, ...values: readonly (Secret | string | number)[]): Secret {
  const parts = strings.map((part) => part)
  return new Secret(() => String.raw({ raw: parts }, ...values.map(reveal)))
}

/** The plain text of a value that may be secret. */
export function reveal(value: Secret | string | number): string {
  return value instanceof Secret ? value.reveal() : String(value)
}

/** Every secret text made in this process so far; what the redactor looks for. */
export function knownSecrets(): ReadonlySet<string> {
  return known
}
