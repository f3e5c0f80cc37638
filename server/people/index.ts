export { createPeople, type People } from './people.ts';
export { peopleRoutes } from './routes.ts';
