CREATE TABLE "camera_analysis" (
	"camera" text NOT NULL,
	"site" text NOT NULL,
	"running" bigint NOT NULL,
	"reason" text,
	"since" bigint NOT NULL,
	CONSTRAINT "camera_analysis_camera_pk" PRIMARY KEY("camera")
);

--> statement-breakpoint
CREATE TABLE "camera_pulls" (
	"camera" text NOT NULL,
	"node" text NOT NULL,
	"until" bigint NOT NULL,
	CONSTRAINT "camera_pulls_camera_pk" PRIMARY KEY("camera")
);

--> statement-breakpoint
CREATE TABLE "camera_setups" (
	"camera" text NOT NULL,
	"site" text NOT NULL,
	"version" bigint NOT NULL,
	"choices" text NOT NULL,
	"scene" text,
	"staff_analysis" bigint NOT NULL,
	"open_until" bigint,
	"updated_at" bigint,
	"updated_by" text,
	"updated_by_name" text,
	"changed_at" bigint NOT NULL,
	CONSTRAINT "camera_setups_camera_pk" PRIMARY KEY("camera")
);

--> statement-breakpoint
CREATE TABLE "camera_sources" (
	"camera" text NOT NULL,
	"site" text NOT NULL,
	"sealed" text NOT NULL,
	"shown" text NOT NULL,
	"updated_at" bigint NOT NULL,
	CONSTRAINT "camera_sources_camera_pk" PRIMARY KEY("camera")
);

--> statement-breakpoint
CREATE TABLE "pull_nodes" (
	"node" text NOT NULL,
	"site" text,
	"room" bigint NOT NULL,
	"load" double precision NOT NULL,
	"since" bigint NOT NULL,
	"seen_at" bigint NOT NULL,
	CONSTRAINT "pull_nodes_node_pk" PRIMARY KEY("node")
);

--> statement-breakpoint
CREATE INDEX "camera_analysis_site_index" ON "camera_analysis" USING btree ("site");
--> statement-breakpoint
CREATE INDEX "camera_pulls_node_index" ON "camera_pulls" USING btree ("node");
--> statement-breakpoint
CREATE INDEX "camera_setups_site_index" ON "camera_setups" USING btree ("site");
--> statement-breakpoint
CREATE INDEX "camera_sources_site_index" ON "camera_sources" USING btree ("site");
