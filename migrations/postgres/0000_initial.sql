CREATE TABLE "checkpoints" (
	"reactor" text NOT NULL,
	"site" text NOT NULL,
	"epoch" text NOT NULL,
	"offset" bigint NOT NULL,
	CONSTRAINT "checkpoints_reactor_site_pk" PRIMARY KEY("reactor","site")
);

--> statement-breakpoint
CREATE TABLE "events" (
	"site" text NOT NULL,
	"offset" bigint NOT NULL,
	"device" text NOT NULL,
	"id" text NOT NULL,
	"type" text NOT NULL,
	"at" bigint NOT NULL,
	"received" bigint NOT NULL,
	"touchpoint" text,
	"skew" bigint NOT NULL,
	"body" text NOT NULL,
	CONSTRAINT "events_site_offset_pk" PRIMARY KEY("site","offset")
);

--> statement-breakpoint
CREATE TABLE "logs" (
	"site" text NOT NULL,
	"epoch" text NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "logs_site_pk" PRIMARY KEY("site")
);

--> statement-breakpoint
CREATE UNIQUE INDEX "events_device_id_unique" ON "events" USING btree ("device","id");
