BEGIN TRANSACTION;
CREATE TABLE account (
	matrix_id INTEGER NOT NULL, 
	owner_id INTEGER NOT NULL, 
	held BIGINT NOT NULL, 
	CONSTRAINT pk_account PRIMARY KEY (matrix_id, owner_id), 
	CONSTRAINT fk_account_matrix_id_matrix FOREIGN KEY(matrix_id) REFERENCES matrix (id), 
	CONSTRAINT fk_account_owner_id_owner FOREIGN KEY(owner_id) REFERENCES owner (id)
);
INSERT INTO "account" VALUES(1,1,1800000000);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0011');
CREATE TABLE artifact (
	id INTEGER NOT NULL, 
	job_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	bytes INTEGER NOT NULL, 
	made_at BIGINT NOT NULL, 
	used_at BIGINT NOT NULL, 
	kept BOOLEAN NOT NULL, 
	CONSTRAINT pk_artifact PRIMARY KEY (id), 
	CONSTRAINT fk_artifact_job_id_job FOREIGN KEY(job_id) REFERENCES job (id), 
	CONSTRAINT uq_artifact_job_id_kind_name UNIQUE (job_id, kind, name)
);
CREATE TABLE attempt (
	id INTEGER NOT NULL, 
	job_id INTEGER NOT NULL, 
	fence INTEGER NOT NULL, 
	runner_id INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	phase VARCHAR(20) NOT NULL, 
	claimed_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	lost_at BIGINT NOT NULL, 
	grace_seconds FLOAT NOT NULL, 
	done INTEGER NOT NULL, 
	total INTEGER NOT NULL, 
	note TEXT NOT NULL, 
	month INTEGER NOT NULL, offer TEXT DEFAULT '' NOT NULL, devices INTEGER DEFAULT '1' NOT NULL, reserved BIGINT DEFAULT '0' NOT NULL, placed_at BIGINT, 
	CONSTRAINT pk_attempt PRIMARY KEY (id), 
	CONSTRAINT uq_attempt_job_id_fence UNIQUE (job_id, fence), 
	CONSTRAINT fk_attempt_job_id_job FOREIGN KEY(job_id) REFERENCES job (id), 
	CONSTRAINT fk_attempt_runner_id_runner FOREIGN KEY(runner_id) REFERENCES runner (id)
);
INSERT INTO "attempt" VALUES(1,1,1,1,'reported','ended',1795435200000000,1795435200000000,1795435470000000,180.0,0,0,'',202611,'120444a01b72489e8c972b126588b2ae8687af02c00b0e32d32b2a0a0f1a943f',1,1800000000,NULL);
INSERT INTO "attempt" VALUES(2,2,1,1,'reported','ended',1795507200000000,1795507200000000,1795507470000000,180.0,0,0,'',202611,'120444a01b72489e8c972b126588b2ae8687af02c00b0e32d32b2a0a0f1a943f',1,1800000000,NULL);
INSERT INTO "attempt" VALUES(3,3,1,1,'reported','ended',1795579200000000,1795579200000000,1795579470000000,180.0,0,0,'',202611,'120444a01b72489e8c972b126588b2ae8687af02c00b0e32d32b2a0a0f1a943f',1,1800000000,NULL);
INSERT INTO "attempt" VALUES(4,4,1,1,'reported','ended',1795651200000000,1795651200000000,1795651470000000,180.0,0,0,'',202611,'120444a01b72489e8c972b126588b2ae8687af02c00b0e32d32b2a0a0f1a943f',1,1800000000,NULL);
INSERT INTO "attempt" VALUES(5,5,1,1,'reported','ended',1795651200000000,1795651200000000,1795651470000000,180.0,0,0,'',202611,'120444a01b72489e8c972b126588b2ae8687af02c00b0e32d32b2a0a0f1a943f',1,1800000000,NULL);
INSERT INTO "attempt" VALUES(6,6,1,1,'reported','ended',1795651200000000,1795651200000000,1795651470000000,180.0,0,0,'',202611,'120444a01b72489e8c972b126588b2ae8687af02c00b0e32d32b2a0a0f1a943f',1,1800000000,NULL);
INSERT INTO "attempt" VALUES(7,7,1,1,'open','assigned',1795651200000000,NULL,1795651470000000,180.0,0,0,'',202611,'120444a01b72489e8c972b126588b2ae8687af02c00b0e32d32b2a0a0f1a943f',1,1800000000,NULL);
CREATE TABLE case_detail (
	report_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	variant_id INTEGER NOT NULL, 
	status INTEGER NOT NULL, 
	micros INTEGER, 
	message TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	repeat TEXT NOT NULL, 
	CONSTRAINT pk_case_detail PRIMARY KEY (report_id, number), 
	CONSTRAINT fk_case_detail_report_id_report FOREIGN KEY(report_id) REFERENCES report (id), 
	CONSTRAINT fk_case_detail_case_id_case_name FOREIGN KEY(case_id) REFERENCES case_name (id), 
	CONSTRAINT fk_case_detail_variant_id_variant FOREIGN KEY(variant_id) REFERENCES variant (id)
);
INSERT INTO "case_detail" VALUES(3,1,2,1,0,250000,'off by 3','{"x": 1}','repeat it');
CREATE TABLE case_name (
	id INTEGER NOT NULL, 
	suite_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	CONSTRAINT pk_case_name PRIMARY KEY (id), 
	CONSTRAINT uq_case_name_suite_id_name UNIQUE (suite_id, name), 
	CONSTRAINT fk_case_name_suite_id_suite FOREIGN KEY(suite_id) REFERENCES suite (id)
);
INSERT INTO "case_name" VALUES(1,1,'mm.good');
INSERT INTO "case_name" VALUES(2,1,'mm.bad');
INSERT INTO "case_name" VALUES(3,2,'mm.good');
CREATE TABLE case_result_202611 (
	id INTEGER NOT NULL, 
	case_id INTEGER NOT NULL, 
	variant_id INTEGER NOT NULL, 
	status INTEGER NOT NULL, 
	micros BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "case_result_202611" VALUES(1,1,1,3,500000);
INSERT INTO "case_result_202611" VALUES(2,1,1,3,500000);
INSERT INTO "case_result_202611" VALUES(3,1,1,3,500000);
INSERT INTO "case_result_202611" VALUES(4,2,1,0,250000);
INSERT INTO "case_result_202611" VALUES(5,3,1,3,500000);
INSERT INTO "case_result_202611" VALUES(6,3,1,3,500000);
INSERT INTO "case_result_202611" VALUES(7,3,1,3,500000);
CREATE TABLE cell (
	id INTEGER NOT NULL, 
	matrix_id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	site TEXT NOT NULL, 
	accelerator TEXT NOT NULL, 
	axes TEXT NOT NULL, 
	why TEXT NOT NULL, 
	visibility VARCHAR(20) NOT NULL, 
	visible_until BIGINT, 
	CONSTRAINT pk_cell PRIMARY KEY (id), 
	CONSTRAINT uq_cell_matrix_id_key UNIQUE (matrix_id, "key"), 
	CONSTRAINT fk_cell_matrix_id_matrix FOREIGN KEY(matrix_id) REFERENCES matrix (id)
);
INSERT INTO "cell" VALUES(1,1,'accelerator=cpu,site=lab','lab','cpu','[["site","lab"],["accelerator","cpu"]]','','public',NULL);
INSERT INTO "cell" VALUES(2,1,'accelerator=gpu,site=lab','lab','gpu','[["site","lab"],["accelerator","gpu"]]','','public',NULL);
INSERT INTO "cell" VALUES(3,1,'accelerator=cpu,site=edge','edge','cpu','[["site","edge"],["accelerator","cpu"]]','','public',NULL);
INSERT INTO "cell" VALUES(4,1,'accelerator=gpu,site=edge','edge','gpu','[["site","edge"],["accelerator","gpu"]]','','public',NULL);
CREATE TABLE cell_state (
	id INTEGER NOT NULL, 
	matrix_id INTEGER NOT NULL, 
	cell_id INTEGER NOT NULL, 
	suite_id INTEGER NOT NULL, 
	stack_id INTEGER NOT NULL, 
	parameters TEXT NOT NULL, 
	name TEXT NOT NULL, 
	shape_id INTEGER, 
	planned BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	status VARCHAR(20), 
	layer VARCHAR(20) NOT NULL, 
	confidence FLOAT NOT NULL, 
	reason TEXT NOT NULL, 
	"fail" INTEGER NOT NULL, 
	error INTEGER NOT NULL, 
	miss INTEGER NOT NULL, 
	passed INTEGER NOT NULL, 
	done INTEGER NOT NULL, 
	skip INTEGER NOT NULL, 
	expected INTEGER NOT NULL, 
	history TEXT NOT NULL, 
	since BIGINT, 
	reported_at BIGINT, 
	stale_at BIGINT, 
	job_id INTEGER, 
	run_id INTEGER, 
	queued INTEGER NOT NULL, 
	running INTEGER NOT NULL, 
	trend INTEGER NOT NULL, 
	recent TEXT NOT NULL, 
	evidence VARCHAR(20) NOT NULL, 
	runner TEXT NOT NULL, 
	CONSTRAINT pk_cell_state PRIMARY KEY (id), 
	CONSTRAINT uq_cell_state_cell_id_suite_id_stack_id_parameters UNIQUE (cell_id, suite_id, stack_id, parameters), 
	CONSTRAINT fk_cell_state_matrix_id_matrix FOREIGN KEY(matrix_id) REFERENCES matrix (id), 
	CONSTRAINT fk_cell_state_cell_id_cell FOREIGN KEY(cell_id) REFERENCES cell (id), 
	CONSTRAINT fk_cell_state_suite_id_suite FOREIGN KEY(suite_id) REFERENCES suite (id), 
	CONSTRAINT fk_cell_state_stack_id_stack FOREIGN KEY(stack_id) REFERENCES stack (id), 
	CONSTRAINT fk_cell_state_shape_id_shape FOREIGN KEY(shape_id) REFERENCES shape (id)
);
INSERT INTO "cell_state" VALUES(1,1,1,1,1,'[]','lab/cpu:quick@stable',1,1,17,'headline','FAIL','code',0.5,'it was FAIL',1,0,0,1,0,0,0,'PPF',1795579200000000,1795579200000000,1795708800000000,3,3,1,1,0,'[{"better":"lower","case":"","contended":false,"name":"step","unit":"s","values":[1.0,1.1,1.2]}]','self-reported','bench');
INSERT INTO "cell_state" VALUES(2,1,1,2,1,'[]','lab/cpu:wide@stable',1,1,17,'watch','PASS','none',0.5,'',0,0,0,3,0,0,0,'P',1795651200000000,1795651200000000,1795780800000000,4,4,3,0,0,'[{"better":"lower","case":"","contended":false,"name":"step","unit":"s","values":[2.0,2.0,2.0]}]','self-reported','bench');
INSERT INTO "cell_state" VALUES(3,1,2,1,1,'[]','lab/gpu:quick@stable',2,1,17,'headline',NULL,'none',0.0,'',0,0,0,0,0,0,0,'',NULL,NULL,NULL,NULL,NULL,1,0,0,'[]','self-reported','');
INSERT INTO "cell_state" VALUES(4,1,2,2,1,'[]','lab/gpu:wide@stable',2,1,17,'watch',NULL,'none',0.0,'',0,0,0,0,0,0,0,'',NULL,NULL,NULL,NULL,NULL,3,0,0,'[]','self-reported','');
INSERT INTO "cell_state" VALUES(5,1,3,1,1,'[]','edge/cpu:quick@stable',3,1,1,'headline',NULL,'none',0.0,'',0,0,0,0,0,0,0,'',NULL,NULL,NULL,NULL,NULL,0,0,0,'[]','self-reported','');
INSERT INTO "cell_state" VALUES(6,1,3,2,1,'[]','edge/cpu:wide@stable',3,1,1,'watch',NULL,'none',0.0,'',0,0,0,0,0,0,0,'',NULL,NULL,NULL,NULL,NULL,0,0,0,'[]','self-reported','');
INSERT INTO "cell_state" VALUES(7,1,4,1,1,'[]','edge/gpu:quick@stable',4,1,1,'headline',NULL,'none',0.0,'',0,0,0,0,0,0,0,'',NULL,NULL,NULL,NULL,NULL,0,0,0,'[]','self-reported','');
INSERT INTO "cell_state" VALUES(8,1,4,2,1,'[]','edge/gpu:wide@stable',4,1,1,'watch',NULL,'none',0.0,'',0,0,0,0,0,0,0,'',NULL,NULL,NULL,NULL,NULL,0,0,0,'[]','self-reported','');
CREATE TABLE change_request (
	repository TEXT NOT NULL, 
	reference TEXT NOT NULL, 
	labels TEXT NOT NULL, 
	CONSTRAINT pk_change_request PRIMARY KEY (repository, reference)
);
CREATE TABLE comparison (
	id INTEGER NOT NULL, 
	matrix_id INTEGER NOT NULL, 
	component TEXT NOT NULL, 
	base_run_id INTEGER NOT NULL, 
	head_run_id INTEGER NOT NULL, 
	repetitions INTEGER NOT NULL, 
	CONSTRAINT pk_comparison PRIMARY KEY (id), 
	CONSTRAINT fk_comparison_matrix_id_matrix FOREIGN KEY(matrix_id) REFERENCES matrix (id), 
	CONSTRAINT fk_comparison_base_run_id_run FOREIGN KEY(base_run_id) REFERENCES run (id), 
	CONSTRAINT fk_comparison_head_run_id_run FOREIGN KEY(head_run_id) REFERENCES run (id), 
	CONSTRAINT uq_comparison_base_run_id UNIQUE (base_run_id), 
	CONSTRAINT uq_comparison_head_run_id UNIQUE (head_run_id)
);
CREATE TABLE daily_count (
	id INTEGER NOT NULL, 
	cell_state_id INTEGER NOT NULL, 
	day TEXT NOT NULL, 
	reports INTEGER NOT NULL, 
	"fail" INTEGER NOT NULL, 
	error INTEGER NOT NULL, 
	miss INTEGER NOT NULL, 
	passed INTEGER NOT NULL, 
	done INTEGER NOT NULL, 
	skip INTEGER NOT NULL, 
	expected INTEGER NOT NULL, 
	CONSTRAINT pk_daily_count PRIMARY KEY (id), 
	CONSTRAINT uq_daily_count_cell_state_id_day UNIQUE (cell_state_id, day), 
	CONSTRAINT fk_daily_count_cell_state_id_cell_state FOREIGN KEY(cell_state_id) REFERENCES cell_state (id)
);
CREATE TABLE delivery (
	id TEXT NOT NULL, 
	event TEXT NOT NULL, 
	received_at BIGINT NOT NULL, reason TEXT DEFAULT '' NOT NULL, repository TEXT DEFAULT '' NOT NULL, about TEXT DEFAULT '' NOT NULL, pending BOOLEAN DEFAULT 0 NOT NULL, reference TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_delivery PRIMARY KEY (id)
);
CREATE TABLE delivery_run (
	delivery_id TEXT NOT NULL, 
	run_id INTEGER NOT NULL, 
	CONSTRAINT pk_delivery_run PRIMARY KEY (delivery_id, run_id), 
	CONSTRAINT fk_delivery_run_delivery_id_delivery FOREIGN KEY(delivery_id) REFERENCES delivery (id), 
	CONSTRAINT fk_delivery_run_run_id_run FOREIGN KEY(run_id) REFERENCES run (id)
);
CREATE TABLE dependency (
	job_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	producer_id INTEGER NOT NULL, 
	CONSTRAINT pk_dependency PRIMARY KEY (job_id, kind), 
	CONSTRAINT fk_dependency_job_id_job FOREIGN KEY(job_id) REFERENCES job (id), 
	CONSTRAINT fk_dependency_producer_id_job FOREIGN KEY(producer_id) REFERENCES job (id)
);
CREATE TABLE device_fact (
	report_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	source TEXT NOT NULL, 
	CONSTRAINT pk_device_fact PRIMARY KEY (report_id, number), 
	CONSTRAINT fk_device_fact_report_id_report FOREIGN KEY(report_id) REFERENCES report (id)
);
CREATE TABLE device_time (
	matrix_id INTEGER NOT NULL, 
	owner_id INTEGER NOT NULL, 
	day BIGINT NOT NULL, 
	used BIGINT NOT NULL, 
	CONSTRAINT pk_device_time PRIMARY KEY (matrix_id, day, owner_id), 
	CONSTRAINT fk_device_time_matrix_id_matrix FOREIGN KEY(matrix_id) REFERENCES matrix (id), 
	CONSTRAINT fk_device_time_owner_id_owner FOREIGN KEY(owner_id) REFERENCES owner (id)
);
CREATE TABLE event (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at BIGINT NOT NULL, 
	matrix_id INTEGER, 
	kind TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	data TEXT NOT NULL, 
	CONSTRAINT fk_event_matrix_id_matrix FOREIGN KEY(matrix_id) REFERENCES matrix (id)
);
INSERT INTO "event" VALUES(1,1795435200000000,1,'server','matrix small','{}');
INSERT INTO "event" VALUES(2,1795435200000000,NULL,'runner','bench','{"state":"ready"}');
INSERT INTO "event" VALUES(3,1795435200000000,1,'run','1','{"state":"running"}');
INSERT INTO "event" VALUES(4,1795435200000000,1,'job','1','{"state":"leased"}');
INSERT INTO "event" VALUES(5,1795435200000000,1,'job','1','{"state":"ended","status":"PASS","name":"lab/cpu:quick@stable"}');
INSERT INTO "event" VALUES(6,1795435200000000,1,'cell','lab/cpu','{"site":"lab","accelerator":"cpu","suite":"quick","stack":"stable","before":"new","after":"passing","job":1}');
INSERT INTO "event" VALUES(7,1795435200000000,1,'run','1','{"state":"ended","ended":1,"jobs":1}');
INSERT INTO "event" VALUES(8,1795507200000000,1,'run','2','{"state":"running"}');
INSERT INTO "event" VALUES(9,1795507200000000,1,'job','2','{"state":"leased"}');
INSERT INTO "event" VALUES(10,1795507200000000,1,'job','2','{"state":"ended","status":"PASS","name":"lab/cpu:quick@stable"}');
INSERT INTO "event" VALUES(11,1795507200000000,1,'progress','lab/cpu','{"site":"lab","accelerator":"cpu","suite":"quick","stack":"stable","before":"passing","after":"passing","job":2}');
INSERT INTO "event" VALUES(12,1795507200000000,1,'run','2','{"state":"ended","ended":1,"jobs":1}');
INSERT INTO "event" VALUES(13,1795579200000000,1,'run','3','{"state":"running"}');
INSERT INTO "event" VALUES(14,1795579200000000,1,'job','3','{"state":"leased"}');
INSERT INTO "event" VALUES(15,1795579200000000,1,'job','3','{"state":"ended","status":"FAIL","name":"lab/cpu:quick@stable"}');
INSERT INTO "event" VALUES(16,1795579200000000,1,'cell','lab/cpu','{"site":"lab","accelerator":"cpu","suite":"quick","stack":"stable","before":"passing","after":"failing","job":3}');
INSERT INTO "event" VALUES(17,1795579200000000,1,'run','3','{"state":"ended","ended":1,"jobs":1}');
INSERT INTO "event" VALUES(18,1795651200000000,1,'run','4','{"state":"running"}');
INSERT INTO "event" VALUES(19,1795651200000000,1,'job','4','{"state":"leased"}');
INSERT INTO "event" VALUES(20,1795651200000000,1,'job','5','{"state":"leased"}');
INSERT INTO "event" VALUES(21,1795651200000000,1,'job','6','{"state":"leased"}');
INSERT INTO "event" VALUES(22,1795651200000000,1,'job','4','{"state":"ended","status":"PASS","name":"lab/cpu:wide@stable#1/3"}');
INSERT INTO "event" VALUES(23,1795651200000000,1,'job','5','{"state":"ended","status":"PASS","name":"lab/cpu:wide@stable#2/3"}');
INSERT INTO "event" VALUES(24,1795651200000000,1,'job','6','{"state":"ended","status":"PASS","name":"lab/cpu:wide@stable#3/3"}');
INSERT INTO "event" VALUES(25,1795651200000000,1,'cell','lab/cpu','{"site":"lab","accelerator":"cpu","suite":"wide","stack":"stable","before":"new","after":"passing","job":4}');
INSERT INTO "event" VALUES(26,1795651200000000,1,'run','4','{"state":"ended","ended":3,"jobs":3}');
INSERT INTO "event" VALUES(27,1795651200000000,1,'run','5','{"state":"running"}');
INSERT INTO "event" VALUES(28,1795651200000000,1,'job','7','{"state":"leased"}');
INSERT INTO "event" VALUES(29,1795651200000000,1,'run','6','{"state":"running"}');
CREATE TABLE fit (
	offer_id INTEGER NOT NULL, 
	shape_id INTEGER NOT NULL, 
	CONSTRAINT pk_fit PRIMARY KEY (offer_id, shape_id), 
	CONSTRAINT fk_fit_offer_id_offer FOREIGN KEY(offer_id) REFERENCES offer (id), 
	CONSTRAINT fk_fit_shape_id_shape FOREIGN KEY(shape_id) REFERENCES shape (id)
);
INSERT INTO "fit" VALUES(1,1);
CREATE TABLE job (
	id INTEGER NOT NULL, 
	matrix_id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	verdict_id INTEGER NOT NULL, 
	cell_state_id INTEGER NOT NULL, 
	lane_id INTEGER NOT NULL, 
	suite_definition_id INTEGER NOT NULL, 
	stack_version_id INTEGER NOT NULL, 
	lock_id INTEGER, 
	parent_id INTEGER, 
	cause TEXT NOT NULL, 
	name TEXT NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	priority INTEGER NOT NULL, 
	shard INTEGER NOT NULL, 
	shards INTEGER NOT NULL, 
	overrides TEXT NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	"end" VARCHAR(20) NOT NULL, 
	status VARCHAR(20), 
	layer VARCHAR(20) NOT NULL, 
	reason TEXT NOT NULL, 
	repeat TEXT NOT NULL, 
	fence INTEGER NOT NULL, 
	tries INTEGER NOT NULL, 
	cancel BOOLEAN NOT NULL, 
	queued_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	ended_at BIGINT, feeds BOOLEAN DEFAULT 0 NOT NULL, repetition INTEGER DEFAULT '1' NOT NULL, 
	CONSTRAINT pk_job PRIMARY KEY (id), 
	CONSTRAINT fk_job_matrix_id_matrix FOREIGN KEY(matrix_id) REFERENCES matrix (id), 
	CONSTRAINT fk_job_run_id_run FOREIGN KEY(run_id) REFERENCES run (id), 
	CONSTRAINT fk_job_verdict_id_verdict FOREIGN KEY(verdict_id) REFERENCES verdict (id), 
	CONSTRAINT fk_job_cell_state_id_cell_state FOREIGN KEY(cell_state_id) REFERENCES cell_state (id), 
	CONSTRAINT fk_job_lane_id_lane FOREIGN KEY(lane_id) REFERENCES lane (id), 
	CONSTRAINT fk_job_suite_definition_id_suite_definition FOREIGN KEY(suite_definition_id) REFERENCES suite_definition (id), 
	CONSTRAINT fk_job_stack_version_id_stack_version FOREIGN KEY(stack_version_id) REFERENCES stack_version (id), 
	CONSTRAINT fk_job_lock_id_lock FOREIGN KEY(lock_id) REFERENCES lock (id), 
	CONSTRAINT fk_job_parent_id_job FOREIGN KEY(parent_id) REFERENCES job (id)
);
INSERT INTO "job" VALUES(1,1,1,1,1,1,1,1,NULL,NULL,'','lab/cpu:quick@stable','headline',0,1,1,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','ended','reported','PASS','none','','',1,1,0,1795435200000000,1795521600000000,1795435200000000,0,1);
INSERT INTO "job" VALUES(2,1,2,2,1,1,1,1,NULL,NULL,'','lab/cpu:quick@stable','headline',0,1,1,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','ended','reported','PASS','none','','',1,1,0,1795507200000000,1795593600000000,1795507200000000,0,1);
INSERT INTO "job" VALUES(3,1,3,3,1,1,1,1,NULL,NULL,'','lab/cpu:quick@stable','headline',0,1,1,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','ended','reported','FAIL','code','it was FAIL','',1,1,0,1795579200000000,1795665600000000,1795579200000000,0,1);
INSERT INTO "job" VALUES(4,1,4,4,2,1,2,1,NULL,NULL,'','lab/cpu:wide@stable#1/3','watch',0,1,3,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','ended','reported','PASS','none','','',1,1,0,1795651200000000,1795737600000000,1795651200000000,0,1);
INSERT INTO "job" VALUES(5,1,4,4,2,1,2,1,NULL,NULL,'','lab/cpu:wide@stable#2/3','watch',0,2,3,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','ended','reported','PASS','none','','',1,1,0,1795651200000000,1795737600000000,1795651200000000,0,1);
INSERT INTO "job" VALUES(6,1,4,4,2,1,2,1,NULL,NULL,'','lab/cpu:wide@stable#3/3','watch',0,3,3,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','ended','reported','PASS','none','','',1,1,0,1795651200000000,1795737600000000,1795651200000000,0,1);
INSERT INTO "job" VALUES(7,1,5,5,1,1,1,1,NULL,NULL,'','lab/cpu:quick@stable','headline',0,1,1,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','leased','',NULL,'none','','',1,1,0,1795651200000000,1795737600000000,NULL,0,1);
INSERT INTO "job" VALUES(8,1,6,6,1,1,1,1,NULL,NULL,'','lab/cpu:quick@stable','headline',0,1,1,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','queued','',NULL,'none','','',0,0,0,1795651200000000,1795737600000000,NULL,0,1);
INSERT INTO "job" VALUES(9,1,6,7,2,1,2,1,NULL,NULL,'','lab/cpu:wide@stable#1/3','watch',0,1,3,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','queued','',NULL,'none','','',0,0,0,1795651200000000,1795737600000000,NULL,0,1);
INSERT INTO "job" VALUES(10,1,6,7,2,1,2,1,NULL,NULL,'','lab/cpu:wide@stable#2/3','watch',0,2,3,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','queued','',NULL,'none','','',0,0,0,1795651200000000,1795737600000000,NULL,0,1);
INSERT INTO "job" VALUES(11,1,6,7,2,1,2,1,NULL,NULL,'','lab/cpu:wide@stable#3/3','watch',0,3,3,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','queued','',NULL,'none','','',0,0,0,1795651200000000,1795737600000000,NULL,0,1);
INSERT INTO "job" VALUES(12,1,6,8,3,2,1,1,NULL,NULL,'','lab/gpu:quick@stable','headline',0,1,1,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','queued','',NULL,'none','','',0,0,0,1795651200000000,1795737600000000,NULL,0,1);
INSERT INTO "job" VALUES(13,1,6,9,4,2,2,1,NULL,NULL,'','lab/gpu:wide@stable#1/3','watch',0,1,3,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','queued','',NULL,'none','','',0,0,0,1795651200000000,1795737600000000,NULL,0,1);
INSERT INTO "job" VALUES(14,1,6,9,4,2,2,1,NULL,NULL,'','lab/gpu:wide@stable#2/3','watch',0,2,3,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','queued','',NULL,'none','','',0,0,0,1795651200000000,1795737600000000,NULL,0,1);
INSERT INTO "job" VALUES(15,1,6,9,4,2,2,1,NULL,NULL,'','lab/gpu:wide@stable#3/3','watch',0,3,3,'{"env":[],"environment":null,"needs":null,"optional":null,"parameters":[],"paths":null,"priority":null,"role":null,"shards":null,"timeout":null}','queued','',NULL,'none','','',0,0,0,1795651200000000,1795737600000000,NULL,0,1);
CREATE TABLE lane (
	id INTEGER NOT NULL, 
	matrix_id INTEGER NOT NULL, 
	rank INTEGER NOT NULL, 
	owner_id INTEGER NOT NULL, 
	shape_id INTEGER NOT NULL, 
	queued INTEGER NOT NULL, 
	waiting BOOLEAN NOT NULL, 
	head INTEGER NOT NULL, 
	CONSTRAINT pk_lane PRIMARY KEY (id), 
	CONSTRAINT uq_lane_matrix_id_rank_owner_id_shape_id UNIQUE (matrix_id, rank, owner_id, shape_id), 
	CONSTRAINT fk_lane_matrix_id_matrix FOREIGN KEY(matrix_id) REFERENCES matrix (id), 
	CONSTRAINT fk_lane_owner_id_owner FOREIGN KEY(owner_id) REFERENCES owner (id), 
	CONSTRAINT fk_lane_shape_id_shape FOREIGN KEY(shape_id) REFERENCES shape (id)
);
INSERT INTO "lane" VALUES(1,1,0,1,1,4,1,8);
INSERT INTO "lane" VALUES(2,1,0,1,2,4,1,12);
CREATE TABLE lock (
	id INTEGER NOT NULL, 
	request TEXT NOT NULL, 
	platform TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	text TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_lock PRIMARY KEY (id), 
	CONSTRAINT uq_lock_request_platform UNIQUE (request, platform)
);
CREATE TABLE log_chunk_202611 (
	attempt_id INTEGER NOT NULL, 
	"offset" BIGINT NOT NULL, 
	data BLOB NOT NULL, 
	PRIMARY KEY (attempt_id, "offset")
);
INSERT INTO "log_chunk_202611" VALUES(1,0,X'6C6F67206F662064617920300A');
INSERT INTO "log_chunk_202611" VALUES(2,0,X'6C6F67206F662064617920310A');
INSERT INTO "log_chunk_202611" VALUES(3,0,X'6C6F67206F662064617920320A');
CREATE TABLE matrix (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	label TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, budget TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_matrix PRIMARY KEY (id), 
	CONSTRAINT uq_matrix_name UNIQUE (name)
);
INSERT INTO "matrix" VALUES(1,'small','small',17,1795435200000000,'');
CREATE TABLE matrix_revision (
	id INTEGER NOT NULL, 
	matrix_id INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	document TEXT NOT NULL, 
	file TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	used_at BIGINT NOT NULL, 
	CONSTRAINT pk_matrix_revision PRIMARY KEY (id), 
	CONSTRAINT uq_matrix_revision_matrix_id_digest UNIQUE (matrix_id, digest), 
	CONSTRAINT fk_matrix_revision_matrix_id_matrix FOREIGN KEY(matrix_id) REFERENCES matrix (id)
);
INSERT INTO "matrix_revision" VALUES(1,1,'e48ef769f1e04bfcae526c9894a7cd516dd8f0e7ffcb7e44d631dbd573b00219','{"axes":[{"default":null,"label":"Site","name":"site","open":false,"values":[{"joined":false,"label":"Lab","line":4,"name":"lab"},{"joined":false,"label":"edge","line":4,"name":"edge"}]},{"default":null,"label":"Accelerator","name":"accelerator","open":false,"values":[{"joined":false,"label":"cpu","line":5,"name":"cpu"},{"joined":false,"label":"gpu","line":5,"name":"gpu"}]}],"digest":"e48ef769f1e04bfcae526c9894a7cd516dd8f0e7ffcb7e44d631dbd573b00219","excludes":[],"file":"matrix.yaml","includes":[],"keep":{"artifacts":1209600.0,"logs":2592000.0,"passing_cases":7776000.0},"label":"small","name":"small","policies":{"artifact_limit_bytes":1073741824,"budget":{"caps":{"day":null,"month":null,"week":null},"owners":[]},"freshness":129600.0,"infrastructure_attempts":3,"line":0,"log_limit_bytes":67108864,"max_queue":86400.0,"prepare_timeout":1800.0,"priority":0,"supersede":false,"timeout":1800.0},"stacks":[{"components":[["torch","2.13.0"]],"label":"stable","line":10,"name":"stable"}],"suites":[{"command":["sh","quick.sh"],"commands":[],"digest":"1db810014a16ca5b1f0cf5436418180c01586966935cfabb3f912356804c7e6a","env":[],"environment":null,"expected":[],"label":"quick","line":7,"metrics":[],"name":"quick","needs":{"capabilities":[],"devices":0,"disk_bytes":0,"memory_bytes":0,"nodes":1},"optional":false,"parameters":[],"paths":[],"place":[],"produces":[],"program":null,"project":"","results":null,"role":null,"shards":1,"takes":[],"timeout":null,"uses":[],"workdir":null},{"command":["sh","wide.sh"],"commands":[],"digest":"76c630ac5cfe38958788aa0ada4574aace9c57c4aa2e6665bed01e46b0030f24","env":[],"environment":null,"expected":[],"label":"wide","line":8,"metrics":[],"name":"wide","needs":{"capabilities":[],"devices":0,"disk_bytes":0,"memory_bytes":0,"nodes":1},"optional":false,"parameters":[],"paths":[],"place":[],"produces":[],"program":null,"project":"","results":null,"role":"watch","shards":3,"takes":[],"timeout":null,"uses":[],"workdir":null}],"triggers":[]}','/matrix.yaml',1795435200000000,1795435200000000);
CREATE TABLE metric_name (
	id INTEGER NOT NULL, 
	suite_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	better TEXT NOT NULL, 
	CONSTRAINT pk_metric_name PRIMARY KEY (id), 
	CONSTRAINT uq_metric_name_suite_id_name_unit_better UNIQUE (suite_id, name, unit, better), 
	CONSTRAINT fk_metric_name_suite_id_suite FOREIGN KEY(suite_id) REFERENCES suite (id)
);
INSERT INTO "metric_name" VALUES(1,1,'step','s','lower');
INSERT INTO "metric_name" VALUES(2,2,'step','s','lower');
CREATE TABLE metric_value (
	report_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	replicate INTEGER NOT NULL, 
	metric_id INTEGER NOT NULL, 
	"case" TEXT NOT NULL, 
	value FLOAT NOT NULL, 
	CONSTRAINT pk_metric_value PRIMARY KEY (report_id, number, replicate), 
	CONSTRAINT fk_metric_value_report_id_report FOREIGN KEY(report_id) REFERENCES report (id), 
	CONSTRAINT fk_metric_value_metric_id_metric_name FOREIGN KEY(metric_id) REFERENCES metric_name (id)
);
INSERT INTO "metric_value" VALUES(1,0,0,1,'',1.0);
INSERT INTO "metric_value" VALUES(2,0,0,1,'',1.1);
INSERT INTO "metric_value" VALUES(3,0,0,1,'',1.2);
INSERT INTO "metric_value" VALUES(4,0,0,2,'',2.0);
INSERT INTO "metric_value" VALUES(5,0,0,2,'',2.0);
INSERT INTO "metric_value" VALUES(6,0,0,2,'',2.0);
CREATE TABLE month (
	kind TEXT NOT NULL, 
	month INTEGER NOT NULL, 
	CONSTRAINT pk_month PRIMARY KEY (kind, month)
);
INSERT INTO "month" VALUES('log_chunk',202611);
INSERT INTO "month" VALUES('case_result',202611);
CREATE TABLE observed_component (
	report_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	version TEXT NOT NULL, 
	build TEXT NOT NULL, 
	source TEXT NOT NULL, 
	CONSTRAINT pk_observed_component PRIMARY KEY (report_id, name), 
	CONSTRAINT fk_observed_component_report_id_report FOREIGN KEY(report_id) REFERENCES report (id)
);
INSERT INTO "observed_component" VALUES(1,'torch','2.13.0','cpu','importlib.metadata');
INSERT INTO "observed_component" VALUES(2,'torch','2.13.0','cpu','importlib.metadata');
INSERT INTO "observed_component" VALUES(3,'torch','2.13.0','cpu','importlib.metadata');
INSERT INTO "observed_component" VALUES(4,'torch','2.13.0','cpu','importlib.metadata');
INSERT INTO "observed_component" VALUES(5,'torch','2.13.0','cpu','importlib.metadata');
INSERT INTO "observed_component" VALUES(6,'torch','2.13.0','cpu','importlib.metadata');
CREATE TABLE offer (
	id INTEGER NOT NULL, 
	runner_id INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	document TEXT NOT NULL, 
	CONSTRAINT pk_offer PRIMARY KEY (id), 
	CONSTRAINT uq_offer_runner_id_digest UNIQUE (runner_id, digest), 
	CONSTRAINT fk_offer_runner_id_runner FOREIGN KEY(runner_id) REFERENCES runner (id)
);
INSERT INTO "offer" VALUES(1,1,'120444a01b72489e8c972b126588b2ae8687af02c00b0e32d32b2a0a0f1a943f','{"capabilities":[],"device":"cpu","devices":0,"disk_bytes":68719476736,"labels":[["site","lab"],["accelerator","cpu"]],"memory_bytes":17179869184,"node_devices":[],"platform":"linux_x86_64","queued":false,"slots":4}');
CREATE TABLE owner (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	leased INTEGER NOT NULL, 
	visibility VARCHAR(20) NOT NULL, 
	visible_until BIGINT, served INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_owner PRIMARY KEY (id), 
	CONSTRAINT uq_owner_name UNIQUE (name)
);
INSERT INTO "owner" VALUES(1,'local',1,'public',NULL,7);
CREATE TABLE pair (
	id INTEGER NOT NULL, 
	comparison_id INTEGER NOT NULL, 
	chain INTEGER NOT NULL, 
	repetition INTEGER NOT NULL, 
	base_job_id INTEGER NOT NULL, 
	head_job_id INTEGER NOT NULL, 
	base_first BOOLEAN NOT NULL, 
	bound_to INTEGER, 
	CONSTRAINT pk_pair PRIMARY KEY (id), 
	CONSTRAINT fk_pair_comparison_id_comparison FOREIGN KEY(comparison_id) REFERENCES comparison (id), 
	CONSTRAINT fk_pair_base_job_id_job FOREIGN KEY(base_job_id) REFERENCES job (id), 
	CONSTRAINT fk_pair_head_job_id_job FOREIGN KEY(head_job_id) REFERENCES job (id), 
	CONSTRAINT fk_pair_bound_to_runner FOREIGN KEY(bound_to) REFERENCES runner (id), 
	CONSTRAINT uq_pair_base_job_id UNIQUE (base_job_id), 
	CONSTRAINT uq_pair_head_job_id UNIQUE (head_job_id)
);
CREATE TABLE rank (
	report_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	node TEXT NOT NULL, 
	lost BOOLEAN NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	layer VARCHAR(20) NOT NULL, 
	reason TEXT NOT NULL, 
	run_seconds FLOAT NOT NULL, 
	cpu_seconds FLOAT NOT NULL, 
	peak_memory_bytes INTEGER NOT NULL, 
	exit_code INTEGER, 
	signal INTEGER, 
	last_lines TEXT NOT NULL, 
	facts TEXT NOT NULL, 
	observed TEXT NOT NULL, 
	CONSTRAINT pk_rank PRIMARY KEY (report_id, number), 
	CONSTRAINT fk_rank_report_id_report FOREIGN KEY(report_id) REFERENCES report (id)
);
CREATE TABLE report (
	id INTEGER NOT NULL, 
	attempt_id INTEGER NOT NULL, 
	job_id INTEGER NOT NULL, 
	received_at BIGINT NOT NULL, 
	month INTEGER NOT NULL, 
	first_case INTEGER NOT NULL, 
	cases INTEGER NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	layer VARCHAR(20) NOT NULL, 
	reason TEXT NOT NULL, 
	"fail" INTEGER NOT NULL, 
	error INTEGER NOT NULL, 
	miss INTEGER NOT NULL, 
	passed INTEGER NOT NULL, 
	done INTEGER NOT NULL, 
	skip INTEGER NOT NULL, 
	expected INTEGER NOT NULL, 
	prepare_seconds FLOAT NOT NULL, 
	run_seconds FLOAT NOT NULL, 
	cpu_seconds FLOAT NOT NULL, 
	peak_memory_bytes INTEGER NOT NULL, 
	exit_code INTEGER, 
	signal INTEGER, 
	last_lines TEXT NOT NULL, 
	log_bytes INTEGER NOT NULL, 
	log_lost_bytes INTEGER NOT NULL, 
	evidence VARCHAR(20) NOT NULL, 
	contended BOOLEAN NOT NULL, 
	cancelled BOOLEAN NOT NULL, 
	repeat TEXT NOT NULL, 
	node TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	CONSTRAINT pk_report PRIMARY KEY (id), 
	CONSTRAINT uq_report_attempt_id UNIQUE (attempt_id), 
	CONSTRAINT fk_report_attempt_id_attempt FOREIGN KEY(attempt_id) REFERENCES attempt (id), 
	CONSTRAINT fk_report_job_id_job FOREIGN KEY(job_id) REFERENCES job (id)
);
INSERT INTO "report" VALUES(1,1,1,1795435200000000,202611,1,1,'PASS','none','',0,0,0,1,0,0,0,0.0,0.0,0.0,0,NULL,NULL,'[]',0,0,'self-reported',0,0,'','','b3337bf744dbafc4c251e68fe728478c1590b080ffe4722fb56f76c9ce8c88e3');
INSERT INTO "report" VALUES(2,2,2,1795507200000000,202611,2,1,'PASS','none','',0,0,0,1,0,0,0,0.0,0.0,0.0,0,NULL,NULL,'[]',0,0,'self-reported',0,0,'','','73ca5d5a1bb19e0e9f92903a73055ae7d4f20044a6d3c2b96c10c1a1bd68f2cd');
INSERT INTO "report" VALUES(3,3,3,1795579200000000,202611,3,2,'FAIL','code','it was FAIL',1,0,0,1,0,0,0,0.0,0.0,0.0,0,NULL,NULL,'[]',0,0,'self-reported',0,0,'','','a29f756b044030c0f09d8a271301f5f4039fe44ea5545d10662216141eac1c5a');
INSERT INTO "report" VALUES(4,4,4,1795651200000000,202611,5,1,'PASS','none','',0,0,0,1,0,0,0,0.0,0.0,0.0,0,NULL,NULL,'[]',0,0,'self-reported',0,0,'','','b8a7e952d4852c0b25894acf83e39f7b7b16e11c45b5e9253265dac08710b2bb');
INSERT INTO "report" VALUES(5,5,5,1795651200000000,202611,6,1,'PASS','none','',0,0,0,1,0,0,0,0.0,0.0,0.0,0,NULL,NULL,'[]',0,0,'self-reported',0,0,'','','b8a7e952d4852c0b25894acf83e39f7b7b16e11c45b5e9253265dac08710b2bb');
INSERT INTO "report" VALUES(6,6,6,1795651200000000,202611,7,1,'PASS','none','',0,0,0,1,0,0,0,0.0,0.0,0.0,0,NULL,NULL,'[]',0,0,'self-reported',0,0,'','','b8a7e952d4852c0b25894acf83e39f7b7b16e11c45b5e9253265dac08710b2bb');
CREATE TABLE run (
	id INTEGER NOT NULL, 
	matrix_id INTEGER NOT NULL, 
	revision_id INTEGER NOT NULL, 
	"trigger" TEXT NOT NULL, 
	note TEXT NOT NULL, 
	policies TEXT NOT NULL, 
	jobs INTEGER NOT NULL, 
	ended INTEGER NOT NULL, 
	unoffered INTEGER NOT NULL, 
	skipped INTEGER NOT NULL, 
	started_at BIGINT NOT NULL, 
	ended_at BIGINT, 
	cancelled BOOLEAN NOT NULL, aside BOOLEAN DEFAULT 0 NOT NULL, series TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_run PRIMARY KEY (id), 
	CONSTRAINT fk_run_matrix_id_matrix FOREIGN KEY(matrix_id) REFERENCES matrix (id), 
	CONSTRAINT fk_run_revision_id_matrix_revision FOREIGN KEY(revision_id) REFERENCES matrix_revision (id)
);
INSERT INTO "run" VALUES(1,1,1,'request','','{"artifact_limit_bytes":1073741824,"budget":{"caps":{"day":null,"month":null,"week":null},"owners":[]},"freshness":129600.0,"infrastructure_attempts":3,"line":0,"log_limit_bytes":67108864,"max_queue":86400.0,"prepare_timeout":1800.0,"priority":0,"supersede":false,"timeout":1800.0}',1,1,0,0,1795435200000000,1795435200000000,0,0,'');
INSERT INTO "run" VALUES(2,1,1,'request','','{"artifact_limit_bytes":1073741824,"budget":{"caps":{"day":null,"month":null,"week":null},"owners":[]},"freshness":129600.0,"infrastructure_attempts":3,"line":0,"log_limit_bytes":67108864,"max_queue":86400.0,"prepare_timeout":1800.0,"priority":0,"supersede":false,"timeout":1800.0}',1,1,0,0,1795507200000000,1795507200000000,0,0,'');
INSERT INTO "run" VALUES(3,1,1,'request','','{"artifact_limit_bytes":1073741824,"budget":{"caps":{"day":null,"month":null,"week":null},"owners":[]},"freshness":129600.0,"infrastructure_attempts":3,"line":0,"log_limit_bytes":67108864,"max_queue":86400.0,"prepare_timeout":1800.0,"priority":0,"supersede":false,"timeout":1800.0}',1,1,0,0,1795579200000000,1795579200000000,0,0,'');
INSERT INTO "run" VALUES(4,1,1,'request','','{"artifact_limit_bytes":1073741824,"budget":{"caps":{"day":null,"month":null,"week":null},"owners":[]},"freshness":129600.0,"infrastructure_attempts":3,"line":0,"log_limit_bytes":67108864,"max_queue":86400.0,"prepare_timeout":1800.0,"priority":0,"supersede":false,"timeout":1800.0}',3,3,0,0,1795651200000000,1795651200000000,0,0,'');
INSERT INTO "run" VALUES(5,1,1,'request','','{"artifact_limit_bytes":1073741824,"budget":{"caps":{"day":null,"month":null,"week":null},"owners":[]},"freshness":129600.0,"infrastructure_attempts":3,"line":0,"log_limit_bytes":67108864,"max_queue":86400.0,"prepare_timeout":1800.0,"priority":0,"supersede":false,"timeout":1800.0}',1,0,0,0,1795651200000000,NULL,0,0,'');
INSERT INTO "run" VALUES(6,1,1,'request','','{"artifact_limit_bytes":1073741824,"budget":{"caps":{"day":null,"month":null,"week":null},"owners":[]},"freshness":129600.0,"infrastructure_attempts":3,"line":0,"log_limit_bytes":67108864,"max_queue":86400.0,"prepare_timeout":1800.0,"priority":0,"supersede":false,"timeout":1800.0}',8,0,4,0,1795651200000000,NULL,0,0,'');
CREATE TABLE runner (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	label TEXT NOT NULL, 
	owner_id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	simulated BOOLEAN NOT NULL, 
	gone BOOLEAN NOT NULL, 
	facts TEXT NOT NULL, 
	registered_at BIGINT NOT NULL, 
	seen_at BIGINT NOT NULL, 
	visibility VARCHAR(20) NOT NULL, 
	visible_until BIGINT, 
	CONSTRAINT pk_runner PRIMARY KEY (id), 
	CONSTRAINT uq_runner_name UNIQUE (name), 
	CONSTRAINT fk_runner_owner_id_owner FOREIGN KEY(owner_id) REFERENCES owner (id)
);
INSERT INTO "runner" VALUES(1,'bench','Bench',1,'process',0,0,'[["cpu","x86","platform"]]',1795435200000000,1795651200000000,'public',NULL);
CREATE TABLE shape (
	id INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	document TEXT NOT NULL, 
	unmet TEXT NOT NULL, cost BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_shape PRIMARY KEY (id), 
	CONSTRAINT uq_shape_digest UNIQUE (digest)
);
INSERT INTO "shape" VALUES(1,'2699e4fe37971faf6f6485cac3a874be7af4a5bc944006319f8a726c87c66f52','{"bound":"","cell":[["site","lab"],["accelerator","cpu"]],"limit":1800.0,"needs":{"capabilities":[],"devices":0,"disk_bytes":0,"memory_bytes":0,"nodes":1},"request":""}','',1800000000);
INSERT INTO "shape" VALUES(2,'b0c9a6a234513d09a7858ca7b7306d5c9f829c235cd38d4b8a9d7c8e6aceef2f','{"bound":"","cell":[["site","lab"],["accelerator","gpu"]],"limit":1800.0,"needs":{"capabilities":[],"devices":0,"disk_bytes":0,"memory_bytes":0,"nodes":1},"request":""}','no runner at lab offers accelerator=gpu',1800000000);
INSERT INTO "shape" VALUES(3,'c009d5b1c91c7ab52a3fa708654557a54d9d2b99c3f860f07464f2f2477ed5fb','{"bound":"","cell":[["site","edge"],["accelerator","cpu"]],"limit":1800.0,"needs":{"capabilities":[],"devices":0,"disk_bytes":0,"memory_bytes":0,"nodes":1},"request":""}','no runner offers site=edge',1800000000);
INSERT INTO "shape" VALUES(4,'8736c98f8222af726d8cebe87ca5f7b8f226b4c016ad31243945c99aeee22ac2','{"bound":"","cell":[["site","edge"],["accelerator","gpu"]],"limit":1800.0,"needs":{"capabilities":[],"devices":0,"disk_bytes":0,"memory_bytes":0,"nodes":1},"request":""}','no runner offers site=edge',1800000000);
CREATE TABLE stack (
	id INTEGER NOT NULL, 
	matrix_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	label TEXT NOT NULL, 
	CONSTRAINT pk_stack PRIMARY KEY (id), 
	CONSTRAINT uq_stack_matrix_id_name UNIQUE (matrix_id, name), 
	CONSTRAINT fk_stack_matrix_id_matrix FOREIGN KEY(matrix_id) REFERENCES matrix (id)
);
INSERT INTO "stack" VALUES(1,1,'stable','stable');
CREATE TABLE stack_version (
	id INTEGER NOT NULL, 
	stack_id INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	components TEXT NOT NULL, 
	CONSTRAINT pk_stack_version PRIMARY KEY (id), 
	CONSTRAINT uq_stack_version_stack_id_digest UNIQUE (stack_id, digest), 
	CONSTRAINT fk_stack_version_stack_id_stack FOREIGN KEY(stack_id) REFERENCES stack (id)
);
INSERT INTO "stack_version" VALUES(1,1,'f9e2274f1ae32e37f1e88964e57e934c87ae80a135639c0968ec4f3e494aab68','[["torch","2.13.0"]]');
CREATE TABLE subject (
	run_id INTEGER NOT NULL, 
	component TEXT NOT NULL, 
	repository TEXT NOT NULL, 
	base TEXT NOT NULL, 
	head TEXT NOT NULL, committed_at BIGINT, title TEXT DEFAULT '' NOT NULL, parent TEXT DEFAULT '' NOT NULL, request TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_subject PRIMARY KEY (run_id, component, head), 
	CONSTRAINT fk_subject_run_id_run FOREIGN KEY(run_id) REFERENCES run (id)
);
CREATE TABLE suite (
	id INTEGER NOT NULL, 
	matrix_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	label TEXT NOT NULL, 
	added_at BIGINT NOT NULL, 
	CONSTRAINT pk_suite PRIMARY KEY (id), 
	CONSTRAINT uq_suite_matrix_id_name UNIQUE (matrix_id, name), 
	CONSTRAINT fk_suite_matrix_id_matrix FOREIGN KEY(matrix_id) REFERENCES matrix (id)
);
INSERT INTO "suite" VALUES(1,1,'quick','quick',1795435200000000);
INSERT INTO "suite" VALUES(2,1,'wide','wide',1795435200000000);
CREATE TABLE suite_definition (
	id INTEGER NOT NULL, 
	suite_id INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	document TEXT NOT NULL, 
	CONSTRAINT pk_suite_definition PRIMARY KEY (id), 
	CONSTRAINT uq_suite_definition_suite_id_digest UNIQUE (suite_id, digest), 
	CONSTRAINT fk_suite_definition_suite_id_suite FOREIGN KEY(suite_id) REFERENCES suite (id)
);
INSERT INTO "suite_definition" VALUES(1,1,'1db810014a16ca5b1f0cf5436418180c01586966935cfabb3f912356804c7e6a','{"command":["sh","quick.sh"],"commands":[],"digest":"1db810014a16ca5b1f0cf5436418180c01586966935cfabb3f912356804c7e6a","env":[],"environment":null,"expected":[],"label":"quick","line":7,"metrics":[],"name":"quick","needs":{"capabilities":[],"devices":0,"disk_bytes":0,"memory_bytes":0,"nodes":1},"optional":false,"parameters":[],"paths":[],"place":[],"produces":[],"program":null,"project":"","results":null,"role":null,"shards":1,"takes":[],"timeout":null,"uses":[],"workdir":null}');
INSERT INTO "suite_definition" VALUES(2,2,'76c630ac5cfe38958788aa0ada4574aace9c57c4aa2e6665bed01e46b0030f24','{"command":["sh","wide.sh"],"commands":[],"digest":"76c630ac5cfe38958788aa0ada4574aace9c57c4aa2e6665bed01e46b0030f24","env":[],"environment":null,"expected":[],"label":"wide","line":8,"metrics":[],"name":"wide","needs":{"capabilities":[],"devices":0,"disk_bytes":0,"memory_bytes":0,"nodes":1},"optional":false,"parameters":[],"paths":[],"place":[],"produces":[],"program":null,"project":"","results":null,"role":"watch","shards":3,"takes":[],"timeout":null,"uses":[],"workdir":null}');
CREATE TABLE "trigger" (
	matrix_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	reference TEXT NOT NULL, 
	head TEXT NOT NULL, 
	seen_at BIGINT NOT NULL, 
	run_id INTEGER, why TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_trigger PRIMARY KEY (matrix_id, name, reference), 
	CONSTRAINT fk_trigger_matrix_id_matrix FOREIGN KEY(matrix_id) REFERENCES matrix (id), 
	CONSTRAINT fk_trigger_run_id_run FOREIGN KEY(run_id) REFERENCES run (id)
);
CREATE TABLE variant (
	id INTEGER NOT NULL, 
	device TEXT NOT NULL, 
	dtype TEXT NOT NULL, 
	CONSTRAINT pk_variant PRIMARY KEY (id), 
	CONSTRAINT uq_variant_device_dtype UNIQUE (device, dtype)
);
INSERT INTO "variant" VALUES(1,'cpu','float32');
CREATE TABLE verdict (
	id INTEGER NOT NULL, 
	run_id INTEGER NOT NULL, 
	cell_state_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	shards INTEGER NOT NULL, 
	open INTEGER NOT NULL, 
	status VARCHAR(20), 
	layer VARCHAR(20) NOT NULL, 
	reason TEXT NOT NULL, 
	"fail" INTEGER NOT NULL, 
	error INTEGER NOT NULL, 
	miss INTEGER NOT NULL, 
	passed INTEGER NOT NULL, 
	done INTEGER NOT NULL, 
	skip INTEGER NOT NULL, 
	expected INTEGER NOT NULL, 
	ended_at BIGINT, 
	CONSTRAINT pk_verdict PRIMARY KEY (id), 
	CONSTRAINT uq_verdict_run_id_cell_state_id UNIQUE (run_id, cell_state_id), 
	CONSTRAINT fk_verdict_run_id_run FOREIGN KEY(run_id) REFERENCES run (id), 
	CONSTRAINT fk_verdict_cell_state_id_cell_state FOREIGN KEY(cell_state_id) REFERENCES cell_state (id)
);
INSERT INTO "verdict" VALUES(1,1,1,'lab/cpu:quick@stable',1,0,'PASS','none','',0,0,0,1,0,0,0,1795435200000000);
INSERT INTO "verdict" VALUES(2,2,1,'lab/cpu:quick@stable',1,0,'PASS','none','',0,0,0,1,0,0,0,1795507200000000);
INSERT INTO "verdict" VALUES(3,3,1,'lab/cpu:quick@stable',1,0,'FAIL','code','it was FAIL',1,0,0,1,0,0,0,1795579200000000);
INSERT INTO "verdict" VALUES(4,4,2,'lab/cpu:wide@stable',3,0,'PASS','none','',0,0,0,3,0,0,0,1795651200000000);
INSERT INTO "verdict" VALUES(5,5,1,'lab/cpu:quick@stable',1,1,NULL,'none','',0,0,0,0,0,0,0,NULL);
INSERT INTO "verdict" VALUES(6,6,1,'lab/cpu:quick@stable',1,1,NULL,'none','',0,0,0,0,0,0,0,NULL);
INSERT INTO "verdict" VALUES(7,6,2,'lab/cpu:wide@stable',3,3,NULL,'none','',0,0,0,0,0,0,0,NULL);
INSERT INTO "verdict" VALUES(8,6,3,'lab/gpu:quick@stable',1,1,NULL,'none','',0,0,0,0,0,0,0,NULL);
INSERT INTO "verdict" VALUES(9,6,4,'lab/gpu:wide@stable',3,3,NULL,'none','',0,0,0,0,0,0,0,NULL);
CREATE INDEX ix_event_matrix_id_kind_id ON event (matrix_id, kind, id);
CREATE INDEX ix_lane_owner_id_waiting_rank_head ON lane (owner_id, waiting, rank, head);
CREATE INDEX ix_lane_shape_id ON lane (shape_id);
CREATE INDEX ix_cell_state_matrix_id_version ON cell_state (matrix_id, version);
CREATE INDEX ix_cell_state_stale_at ON cell_state (stale_at);
CREATE INDEX ix_run_ended_at ON run (ended_at);
CREATE INDEX ix_run_matrix_id_id ON run (matrix_id, id);
CREATE INDEX ix_verdict_cell_state_id ON verdict (cell_state_id);
CREATE INDEX ix_job_cell_state_id ON job (cell_state_id);
CREATE INDEX ix_job_lane_id_state_id ON job (lane_id, state, id);
CREATE INDEX ix_job_matrix_id_id ON job (matrix_id, id);
CREATE INDEX ix_job_run_id_state_id ON job (run_id, state, id);
CREATE INDEX ix_job_state_expires_at ON job (state, expires_at);
CREATE INDEX ix_job_verdict_id ON job (verdict_id);
CREATE INDEX ix_attempt_runner_id_state ON attempt (runner_id, state);
CREATE INDEX ix_attempt_state_lost_at ON attempt (state, lost_at);
CREATE INDEX ix_report_job_id ON report (job_id);
CREATE INDEX ix_observed_component_name_version ON observed_component (name, version);
CREATE INDEX ix_subject_component_head ON subject (component, head);
CREATE INDEX ix_delivery_received_at ON delivery (received_at);
CREATE INDEX ix_dependency_producer_id ON dependency (producer_id);
CREATE INDEX ix_artifact_digest ON artifact (digest);
CREATE INDEX ix_artifact_used_at ON artifact (used_at);
CREATE INDEX ix_pair_comparison_id ON pair (comparison_id);
CREATE INDEX ix_pair_chain ON pair (chain);
CREATE INDEX ix_pair_bound_to ON pair (bound_to);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('event',29);
COMMIT;
