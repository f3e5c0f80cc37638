/** The arrows of the house: contract ← core ← slices ← app. Everything else is refused. */
const SLICES = '^server/(?!core/|testing/|app\\.ts|main\\.ts|config\\.ts|schema\\.ts|vision-child\\.ts|start-flags\\.ts|preload\\.mjs|[^/]+\\.test\\.ts)([^/]+)/';
const TESTS = '(\\.test\\.ts$|/testing/|^e2e/|^bench/)';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', comment: 'Modules that need each other cannot be read one at a time.', from: { pathNot: TESTS }, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'contract-imports-nothing-of-ours', severity: 'error', from: { path: '^contract/', pathNot: TESTS }, to: { path: '^(server|web|vision|simulators|scripts|bench|e2e)/' } },
    { name: 'core-knows-no-business', severity: 'error', from: { path: '^server/core/', pathNot: TESTS }, to: { path: '^(server/(?!core/|config\\.ts)|web/|vision/|simulators/)' } },
    { name: 'slices-meet-through-index', severity: 'error', from: { path: SLICES, pathNot: TESTS }, to: { path: SLICES, pathNot: ['^server/$1/', '^server/[^/]+/index\\.ts$'] } },
    { name: 'only-the-app-puts-slices-together', severity: 'error', from: { path: SLICES, pathNot: TESTS }, to: { path: '^server/(app|main|vision-child)\\.ts$' } },
    { name: 'deployables-share-only-the-contract', severity: 'error', from: { path: '^(web|vision|simulators)/', pathNot: TESTS }, to: { path: '^(server|web|vision|simulators|scripts|bench|e2e)/', pathNot: '^$1/' } },
    { name: 'server-runs-alone', severity: 'error', from: { path: '^server/', pathNot: TESTS }, to: { path: '^(web|vision|simulators|scripts|bench|e2e)/' } },
    { name: 'no-development-packages-in-the-product', severity: 'error', from: { path: '^(contract|server|vision|simulators)/', pathNot: TESTS }, to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^build/|^\\.svelte-kit/|/paraglide/)' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.svelte'] },
  },
};
