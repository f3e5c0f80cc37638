CREATE TABLE "alerts" (
	"id" text NOT NULL,
	"site" text NOT NULL,
	"kind" text NOT NULL,
	"severity" text NOT NULL,
	"state" text NOT NULL,
	"touchpoint" text,
	"since" bigint NOT NULL,
	"opened_at" bigint NOT NULL,
	"rating" text,
	"owner_id" text,
	"owner_name" text,
	"claimed_at" bigint,
	"resolved_at" bigint,
	"cause" text,
	"outcome" text,
	"note" text,
	"opened_offset" bigint NOT NULL,
	"claimed_offset" bigint,
	"resolved_offset" bigint,
	CONSTRAINT "alerts_id_pk" PRIMARY KEY("id")
);

--> statement-breakpoint
CREATE INDEX "alerts_site_state_opened_at_index" ON "alerts" USING btree ("site","state","opened_at");
