/** What is wrong with a line of the configuration; caught where its file and number are known. */
export class Fault extends Error {}
