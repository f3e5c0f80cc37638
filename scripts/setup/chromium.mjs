/** Step "browser": a Chromium for the tests that use the pages as a person would. */
import fs from 'node:fs';
import { findInPath, isExecutable } from './files.mjs';
import { installDebianPackages, isDebian } from './debian.mjs';
import { recordResult } from './place.mjs';
import { SetupError } from './report.mjs';

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const USUAL_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

export async function ensureChromium() {
  const chromium = given() ?? find() ?? (await install());
  recordResult({ chromium });
  return chromium;
}

function given() {
  const file = process.env.OTKLIK_CHROMIUM;
  if (!file) return undefined;
  if (isExecutable(file)) return file;
  throw new SetupError(`OTKLIK_CHROMIUM names ${file}, which is not a program.`, 'Correct it, or unset it so that the browser is looked for.');
}

const find = () => findInPath(...COMMANDS) ?? USUAL_PLACES.find((place) => fs.existsSync(place));

async function install() {
  const advice = 'Install Chromium or Google Chrome, or set OTKLIK_CHROMIUM to where one is; then start again.';
  if (!isDebian()) throw new SetupError('the tests need Chromium or Google Chrome, and none was found.', advice);
  await installDebianPackages(['chromium'], 'test the pages in a browser');
  const found = find();
  if (!found) throw new SetupError('Chromium was installed but cannot be found.', advice);
  return found;
}
