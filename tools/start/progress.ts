const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const CLEAR_LINE = '\r\x1b[2K';

/** Tells a step that is under way what it is doing. */
export type Report = (detail: string) => void;

/**
 * Runs a step of the start and shows it: a line with a tick and its time when it is done, and on a terminal a spinner
 * until then. `describe` may add to the line what came out.
 */
export async function showStep<T>(
  title: string,
  step: (report: Report) => Promise<T>,
  describe: (result: T) => string = () => '',
): Promise<T> {
  const startedAt = performance.now();
  const spinner = startSpinner(title);
  try {
    const result = await step((detail) => spinner.report(detail));
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const outcome = describe(result);
    spinner.stop();
    console.log(`✓ ${title}${outcome === '' ? '' : ` ${outcome}`} (${seconds} s)`);
    return result;
  } catch (error) {
    spinner.stop();
    console.log(`✗ ${title}`);
    throw error;
  }
}

function startSpinner(title: string): { report: Report; stop: () => void } {
  if (!process.stdout.isTTY) {
    return { report: (detail) => console.log(`  ${title}: ${detail} …`), stop: () => undefined };
  }
  let frame = 0;
  let detail = '';
  const draw = (): void => {
    const text = `${FRAMES[frame++ % FRAMES.length]!} ${title}${detail === '' ? '' : `: ${detail}`} …`;
    process.stdout.write(CLEAR_LINE + text.slice(0, process.stdout.columns - 1));
  };
  draw();
  const timer = setInterval(draw, FRAME_MS);
  return {
    report: (news) => {
      detail = news;
      draw();
    },
    stop: () => {
      clearInterval(timer);
      process.stdout.write(CLEAR_LINE);
    },
  };
}
