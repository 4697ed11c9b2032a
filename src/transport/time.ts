/** The longest that a timer of Node can wait, in milliseconds; it fires at once for anything beyond. */
const longest = 2 ** 31 - 1

/** Calls back after so many seconds (`Infinity`: never), unless the returned function is called first. */
export function after(seconds: number, callback: () => void): () => void {
  const timer = seconds * 1000 > longest ? undefined : setTimeout(callback, seconds * 1000)
  return () => clearTimeout(timer)
}
