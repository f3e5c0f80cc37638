/** Step "ffmpeg": fetches IP cameras for the vision node, and encodes what its tests send. The hub runs without it. */
import { installDebianPackages, isDebian } from './debian.mjs';
import { findInPath } from './files.mjs';
import { note, SetupError } from './report.mjs';

const ADVICE = 'Install ffmpeg (Debian: apt-get install ffmpeg; macOS: brew install ffmpeg); then start again. To go on without it: OTKLIK_SETUP_SKIP=ffmpeg';

/** Needed for tests; to run, only IP cameras need it, so there its absence is said and nothing more. */
export async function ensureFfmpeg({ purpose }) {
  const found = findInPath('ffmpeg');
  if (found) return found;
  if (purpose !== 'test' && purpose !== 'bench') {
    note('ffmpeg was not found: IP cameras (RTSP) cannot be fetched, all else works');
    return 'not installed';
  }
  if (!isDebian()) throw new SetupError('the tests of IP cameras need ffmpeg, which was not found.', ADVICE);
  await installDebianPackages(['ffmpeg'], 'fetch IP cameras and encode what tests send');
  const installed = findInPath('ffmpeg');
  if (!installed) throw new SetupError('ffmpeg was installed but cannot be found.', ADVICE);
  return installed;
}
