/** Numbers from 0 to 1 that look random and follow from the seed (a 32-bit xorshift with a multiplied output). */
export function seededRandom(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0 || 1
  return () => {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return (Math.imul(state, 0x9e3779b1) >>> 0) / 2 ** 32
  }
}
