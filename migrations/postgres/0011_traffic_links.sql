CREATE TABLE "traffic_links" (
	"name" text NOT NULL,
	"hub" text NOT NULL,
	"until" bigint NOT NULL,
	"client" text NOT NULL,
	CONSTRAINT "traffic_links_name_pk" PRIMARY KEY("name")
);

