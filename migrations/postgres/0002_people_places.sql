CREATE TABLE "sessions" (
	"id" text NOT NULL,
	"user" text NOT NULL,
	"created_at" bigint NOT NULL,
	"last_seen" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "sessions_id_pk" PRIMARY KEY("id")
);

--> statement-breakpoint
CREATE TABLE "setup_tokens" (
	"id" text NOT NULL,
	"token_hash" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "setup_tokens_id_pk" PRIMARY KEY("id")
);

--> statement-breakpoint
CREATE TABLE "signin_attempts" (
	"key" text NOT NULL,
	"failures" bigint NOT NULL,
	"failed_at" bigint NOT NULL,
	CONSTRAINT "signin_attempts_key_pk" PRIMARY KEY("key")
);

--> statement-breakpoint
CREATE TABLE "users" (
	"id" text NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"locale" text NOT NULL,
	"sites" text,
	"password_hash" text NOT NULL,
	"disabled" bigint NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "users_id_pk" PRIMARY KEY("id")
);

--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"actor" text NOT NULL,
	"key" text NOT NULL,
	"route" text NOT NULL,
	"request_hash" text NOT NULL,
	"status" bigint NOT NULL,
	"body" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "idempotency_keys_actor_route_key_pk" PRIMARY KEY("actor","route","key")
);

--> statement-breakpoint
CREATE TABLE "audit_entries" (
	"id" bigint NOT NULL,
	"at" bigint NOT NULL,
	"actor" text NOT NULL,
	"actor_name" text NOT NULL,
	"action" text NOT NULL,
	"target" text NOT NULL,
	"detail" text NOT NULL,
	CONSTRAINT "audit_entries_id_pk" PRIMARY KEY("id")
);

--> statement-breakpoint
CREATE TABLE "sites" (
	"id" text NOT NULL,
	"name" text NOT NULL,
	"timezone" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "sites_id_pk" PRIMARY KEY("id")
);

--> statement-breakpoint
CREATE TABLE "touchpoints" (
	"site" text NOT NULL,
	"id" text NOT NULL,
	"name" text NOT NULL,
	"zone" text,
	"created_at" bigint NOT NULL,
	"archived_at" bigint,
	CONSTRAINT "touchpoints_site_id_pk" PRIMARY KEY("site","id")
);

--> statement-breakpoint
CREATE TABLE "zones" (
	"site" text NOT NULL,
	"id" text NOT NULL,
	"name" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "zones_site_id_pk" PRIMARY KEY("site","id")
);

--> statement-breakpoint
CREATE TABLE "devices" (
	"id" text NOT NULL,
	"site" text NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"touchpoint" text,
	"token_hash" text,
	"created_at" bigint NOT NULL,
	"last_seen" bigint,
	"silent" bigint NOT NULL,
	"clock_offset" bigint,
	"revoked_at" bigint,
	"version" text,
	CONSTRAINT "devices_id_pk" PRIMARY KEY("id")
);

--> statement-breakpoint
CREATE TABLE "pairings" (
	"code" text NOT NULL,
	"secret_hash" text NOT NULL,
	"kind" text NOT NULL,
	"name" text,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"device" text,
	"claimed_at" bigint,
	CONSTRAINT "pairings_code_pk" PRIMARY KEY("code")
);

--> statement-breakpoint
CREATE TABLE "walls" (
	"id" text NOT NULL,
	"site" text NOT NULL,
	"name" text NOT NULL,
	"token_hash" text NOT NULL,
	"created_at" bigint NOT NULL,
	"revoked_at" bigint,
	"last_seen" bigint,
	CONSTRAINT "walls_id_pk" PRIMARY KEY("id")
);

--> statement-breakpoint
CREATE INDEX "sessions_user_index" ON "sessions" USING btree ("user");
--> statement-breakpoint
CREATE INDEX "sessions_expires_at_index" ON "sessions" USING btree ("expires_at");
--> statement-breakpoint
CREATE INDEX "signin_attempts_failed_at_index" ON "signin_attempts" USING btree ("failed_at");
--> statement-breakpoint
CREATE UNIQUE INDEX "users_email_unique" ON "users" USING btree ("email");
--> statement-breakpoint
CREATE INDEX "idempotency_keys_created_at_index" ON "idempotency_keys" USING btree ("created_at");
--> statement-breakpoint
CREATE INDEX "audit_entries_at_index" ON "audit_entries" USING btree ("at");
--> statement-breakpoint
CREATE INDEX "devices_site_index" ON "devices" USING btree ("site");
--> statement-breakpoint
CREATE INDEX "pairings_expires_at_index" ON "pairings" USING btree ("expires_at");
--> statement-breakpoint
CREATE INDEX "walls_site_index" ON "walls" USING btree ("site");
--> statement-breakpoint
CREATE FUNCTION "audit_entries_refuse"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit entries cannot be changed or deleted'; END $$;
--> statement-breakpoint
CREATE TRIGGER "audit_entries_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entries" FOR EACH STATEMENT EXECUTE FUNCTION "audit_entries_refuse"();
