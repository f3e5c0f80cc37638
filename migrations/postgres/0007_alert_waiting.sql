ALTER TABLE "alerts" ADD COLUMN "waiting_since" bigint;
--> statement-breakpoint
ALTER TABLE "alerts" ADD COLUMN "steps" text;
--> statement-breakpoint
CREATE INDEX "alerts_site_kind_opened_at_index" ON "alerts" USING btree ("site","kind","opened_at");
