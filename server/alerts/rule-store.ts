import type { Rule } from '../../contract/index.ts';
import { and, eq } from '../core/store/drizzle.ts';
import type { Db, Store } from '../core/store/store.ts';
import { withBuiltIns } from './rule-defaults.ts';
import { alertRulesTable } from './tables.ts';

export type RuleStore = ReturnType<typeof createRuleStore>;

/** The rules of sites as they are kept: only what somebody changed or added. */
export function createRuleStore(store: Pick<Store, 'use'>) {
  const rules = store.use(alertRulesTable);
  const parse = (site: string, id: string, body: string): Rule => ({ ...JSON.parse(body) as Rule, site, id });

  return {
    /** Every rule of a site: built-in ones as they stand there, then its own. */
    async rulesOf(db: Db, site: string): Promise<Rule[]> {
      const rows = await db.select({ id: rules.id, body: rules.body }).from(rules).where(eq(rules.site, site));
      return withBuiltIns(site, rows.map(({ id, body }) => parse(site, id, body)));
    },
    async put(db: Db, rule: Rule, now: number): Promise<void> {
      const row = { site: rule.site, id: rule.id, body: JSON.stringify(rule), updatedAt: now };
      await db.insert(rules).values(row).onConflictDoUpdate({ target: [rules.site, rules.id], set: { body: row.body, updatedAt: now } });
    },
    async remove(db: Db, site: string, id: string): Promise<void> {
      await db.delete(rules).where(and(eq(rules.site, site), eq(rules.id, id)));
    },
  };
}
