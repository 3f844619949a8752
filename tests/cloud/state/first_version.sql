BEGIN TRANSACTION;
CREATE TABLE apps (
	app_id VARCHAR NOT NULL, 
	org_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	secret VARCHAR NOT NULL, 
	auth_configuration JSON NOT NULL, 
	service_config JSON, 
	created_at BIGINT NOT NULL, 
	created_by VARCHAR NOT NULL, 
	deleted_at BIGINT, 
	deleted_by VARCHAR, 
	PRIMARY KEY (app_id), 
	FOREIGN KEY(org_id) REFERENCES orgs (org_id)
);
INSERT INTO "apps" VALUES('app-1','org-1','game','secret-1','{}','null',1793491200000,'local',NULL,NULL);
CREATE TABLE builds (
	"key" VARCHAR NOT NULL, 
	org_id VARCHAR NOT NULL, 
	build_id VARCHAR NOT NULL, 
	tag VARCHAR, 
	status VARCHAR NOT NULL, 
	archive_size BIGINT NOT NULL, 
	artifact VARCHAR, 
	image_size BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	created_by VARCHAR NOT NULL, 
	started_at BIGINT, 
	finished_at BIGINT, 
	deleted_at BIGINT, 
	PRIMARY KEY ("key"), 
	FOREIGN KEY(org_id) REFERENCES orgs (org_id)
);
INSERT INTO "builds" VALUES('k1','org-1','bld-1','one','succeeded',5,NULL,0,1793491200000,'local',NULL,NULL,NULL);
INSERT INTO "builds" VALUES('k0','org-1','bld-2',NULL,'failed',5,NULL,0,1793577600000,'local',NULL,NULL,NULL);
CREATE TABLE deployments (
	number INTEGER NOT NULL, 
	deployment_id VARCHAR NOT NULL, 
	app_id VARCHAR NOT NULL, 
	build_key VARCHAR NOT NULL, 
	build_id VARCHAR NOT NULL, 
	build_tag VARCHAR, 
	tag VARCHAR, 
	fleet_id VARCHAR, 
	requested_cpu FLOAT NOT NULL, 
	requested_memory_mb INTEGER NOT NULL, 
	requested_gpu INTEGER, 
	rooms_per_process INTEGER NOT NULL, 
	idle_timeout_enabled BOOLEAN NOT NULL, 
	container_port INTEGER NOT NULL, 
	transport_type VARCHAR NOT NULL, 
	additional_container_ports JSON NOT NULL, 
	env JSON NOT NULL, 
	created_at BIGINT NOT NULL, 
	created_by VARCHAR NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (deployment_id), 
	FOREIGN KEY(app_id) REFERENCES apps (app_id), 
	FOREIGN KEY(build_key) REFERENCES builds ("key")
);
CREATE TABLE org_tokens (
	org_token_id VARCHAR NOT NULL, 
	org_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	last_four VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	created_by VARCHAR NOT NULL, 
	revoked_at BIGINT, 
	PRIMARY KEY (org_token_id), 
	FOREIGN KEY(org_id) REFERENCES orgs (org_id), 
	UNIQUE (digest)
);
INSERT INTO "org_tokens" VALUES('org-token-1','org-1','local','0000000000000000000000000000000000000000000000000000000000000000','abcd',1793491200000,'local',NULL);
CREATE TABLE orgs (
	org_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (org_id)
);
INSERT INTO "orgs" VALUES('org-1','local',1793491200000);
CREATE TABLE processes (
	process_id VARCHAR NOT NULL, 
	app_id VARCHAR NOT NULL, 
	deployment_id VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	runtime VARCHAR, 
	handle VARCHAR, 
	bindings JSON NOT NULL, 
	exposed_ports JSON NOT NULL, 
	exit_reason VARCHAR, 
	created_at BIGINT NOT NULL, 
	scheduled_at BIGINT, 
	booted_at BIGINT, 
	started_at BIGINT, 
	stopping_at BIGINT, 
	terminated_at BIGINT, 
	PRIMARY KEY (process_id), 
	FOREIGN KEY(app_id) REFERENCES apps (app_id), 
	FOREIGN KEY(deployment_id) REFERENCES deployments (deployment_id)
);
CREATE TABLE room_allocations (
	number INTEGER NOT NULL, 
	room_allocation_id VARCHAR NOT NULL, 
	room_id VARCHAR NOT NULL, 
	process_id VARCHAR NOT NULL, 
	scheduled_at BIGINT NOT NULL, 
	unscheduled_at BIGINT, 
	PRIMARY KEY (number), 
	UNIQUE (room_allocation_id), 
	FOREIGN KEY(room_id) REFERENCES rooms (room_id), 
	FOREIGN KEY(process_id) REFERENCES processes (process_id)
);
CREATE TABLE rooms (
	room_id VARCHAR NOT NULL, 
	app_id VARCHAR NOT NULL, 
	deployment_id VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	config VARCHAR, 
	status VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (room_id), 
	FOREIGN KEY(app_id) REFERENCES apps (app_id), 
	FOREIGN KEY(deployment_id) REFERENCES deployments (deployment_id)
);
CREATE TABLE schema_version (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "schema_version" VALUES(1);
CREATE INDEX ix_org_tokens_org_id ON org_tokens (org_id);
CREATE UNIQUE INDEX apps_name ON apps (org_id, name) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX builds_id ON builds (org_id, build_id) WHERE deleted_at IS NULL;
CREATE INDEX ix_deployments_build_key ON deployments (build_key);
CREATE INDEX ix_deployments_app_id ON deployments (app_id);
CREATE INDEX ix_processes_status ON processes (status);
CREATE INDEX ix_processes_app_id ON processes (app_id);
CREATE INDEX ix_rooms_app_id ON rooms (app_id);
CREATE INDEX ix_room_allocations_room_id ON room_allocations (room_id);
CREATE INDEX ix_room_allocations_process_id ON room_allocations (process_id);
COMMIT;
