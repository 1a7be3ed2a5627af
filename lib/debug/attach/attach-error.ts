/** Why a process cannot be looked into: a sentence that says what is wrong and what to do. It has not been harmed. */
export class AttachError extends Error {
  override readonly name = 'AttachError';
}
