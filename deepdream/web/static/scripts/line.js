// Whether the server can be reached.

const PATIENCE = 4000; // milliseconds for its answer
export const PAUSE = 2000; // between two looks at a line that is cut

// Returns the key of a text on what is wrong with the line, '' where nothing is.
export async function trouble() {
  try {
    const answer = await fetch('readyz', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE) });
    return (await answer.json()).why === 'closing' ? 'ending' : '';
  } catch {
    return 'reconnecting';
  }
}

// Waits until nothing is wrong, or it is wanted() no more.
export async function lineIsBack(wanted) {
  while (wanted() && (await trouble())) await new Promise((resolve) => setTimeout(resolve, PAUSE));
}
