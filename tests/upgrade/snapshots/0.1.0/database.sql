--
-- PostgreSQL database dump
--

\restrict c12DIH4VFxDvj3GeVPMYG8U1uvNGMsBSBolfMh1dm4GDpH1Bf4uAsp0PG01KReJ

-- Dumped from database version 18.4
-- Dumped by pg_dump version 18.4

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: procrastinate_job_event_type; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.procrastinate_job_event_type AS ENUM (
    'deferred',
    'started',
    'deferred_for_retry',
    'failed',
    'succeeded',
    'cancelled',
    'abort_requested',
    'aborted',
    'scheduled',
    'retried'
);


--
-- Name: procrastinate_job_status; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.procrastinate_job_status AS ENUM (
    'todo',
    'doing',
    'succeeded',
    'failed',
    'cancelled',
    'aborting',
    'aborted'
);


--
-- Name: procrastinate_job_to_defer_v1; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.procrastinate_job_to_defer_v1 AS (
	queue_name character varying,
	task_name character varying,
	priority integer,
	lock text,
	queueing_lock text,
	args jsonb,
	scheduled_at timestamp with time zone
);


--
-- Name: menkou_announce_project(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.menkou_announce_project() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('menkou_projects', OLD.id::text);
    RETURN NULL;
END
$$;


--
-- Name: menkou_refuse_update(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.menkou_refuse_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'history is append-only';
END
$$;


--
-- Name: procrastinate_cancel_job_v1(bigint, boolean, boolean); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;


--
-- Name: procrastinate_defer_jobs_v1(public.procrastinate_job_to_defer_v1[]); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_defer_jobs_v1(jobs public.procrastinate_job_to_defer_v1[]) RETURNS bigint[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;

    RETURN job_ids;
END;
$$;


--
-- Name: procrastinate_defer_periodic_job_v2(character varying, character varying, character varying, character varying, integer, character varying, bigint, jsonb); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;

    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;

    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;

    RETURN _job_id;
END;
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: procrastinate_jobs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.procrastinate_jobs (
    id bigint NOT NULL,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    lock text,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    status public.procrastinate_job_status DEFAULT 'todo'::public.procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    queueing_lock text,
    priority integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint,
    CONSTRAINT check_not_todo_abort_requested CHECK ((NOT ((status = 'todo'::public.procrastinate_job_status) AND (abort_requested = true))))
);


--
-- Name: procrastinate_fetch_job_v2(character varying[], bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) RETURNS public.procrastinate_jobs
    LANGUAGE plpgsql
    AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;

 RETURN found_jobs;
END;
$$;


--
-- Name: procrastinate_finish_job_v1(bigint, public.procrastinate_job_status, boolean); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_finish_job_v1(job_id bigint, end_status public.procrastinate_job_status, delete_job boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;


--
-- Name: procrastinate_notify_queue_abort_job_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_notify_queue_abort_job_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_notify_queue_job_inserted_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_notify_queue_job_inserted_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_prune_stalled_workers_v1(double precision); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;


--
-- Name: procrastinate_register_worker_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_register_worker_v1() RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;


--
-- Name: procrastinate_retry_job_v1(bigint, timestamp with time zone, integer, character varying, character varying); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;


--
-- Name: procrastinate_retry_job_v2(bigint, timestamp with time zone, integer, character varying, character varying); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;

END;
$$;


--
-- Name: procrastinate_trigger_abort_requested_events_procedure_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;


--
-- Name: procrastinate_trigger_function_scheduled_events_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);

	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_trigger_function_status_events_insert_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_trigger_function_status_events_update_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_trigger_function_status_events_update_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;


--
-- Name: procrastinate_unlink_periodic_defers_v1(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_unlink_periodic_defers_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;


--
-- Name: procrastinate_unregister_worker_v1(bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_unregister_worker_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;


--
-- Name: procrastinate_update_heartbeat_v1(bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.procrastinate_update_heartbeat_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;


--
-- Name: account_emailaddress; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.account_emailaddress (
    id integer NOT NULL,
    email character varying(254) NOT NULL,
    verified boolean NOT NULL,
    "primary" boolean NOT NULL,
    user_id uuid NOT NULL
);


--
-- Name: account_emailaddress_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.account_emailaddress ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.account_emailaddress_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: account_emailconfirmation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.account_emailconfirmation (
    id integer NOT NULL,
    created timestamp with time zone NOT NULL,
    sent timestamp with time zone,
    key character varying(64) NOT NULL,
    email_address_id integer NOT NULL
);


--
-- Name: account_emailconfirmation_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.account_emailconfirmation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.account_emailconfirmation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: applications_application; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.applications_application (
    id uuid NOT NULL,
    client_id character varying(40) NOT NULL,
    name character varying(80) NOT NULL,
    kind character varying(10) NOT NULL,
    redirect_uris jsonb NOT NULL,
    post_logout_redirect_uris jsonb NOT NULL,
    backchannel_logout_uri character varying(2000) NOT NULL,
    initiate_login_uri character varying(2000) NOT NULL,
    home_page character varying(2000) NOT NULL,
    pkce_optional boolean NOT NULL,
    is_development boolean NOT NULL,
    connections jsonb NOT NULL,
    idp_claim boolean NOT NULL,
    signing_alg character varying(5) NOT NULL,
    refresh_tokens character varying(10) NOT NULL,
    access_token_seconds integer NOT NULL,
    id_token_seconds integer NOT NULL,
    refresh_idle_days integer NOT NULL,
    refresh_max_days integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    project_id uuid NOT NULL,
    updated_by_id uuid,
    is_third_party boolean DEFAULT false NOT NULL,
    accept_rival_hints boolean NOT NULL,
    CONSTRAINT applications_application_access_token_seconds_check CHECK ((access_token_seconds >= 0)),
    CONSTRAINT applications_application_id_token_seconds_check CHECK ((id_token_seconds >= 0)),
    CONSTRAINT applications_application_refresh_idle_days_check CHECK ((refresh_idle_days >= 0)),
    CONSTRAINT applications_application_refresh_max_days_check CHECK ((refresh_max_days >= 0))
);


--
-- Name: applications_applicationsecret; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.applications_applicationsecret (
    id bigint NOT NULL,
    hash character varying(64) NOT NULL,
    last4 character varying(4) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    expires_at timestamp with time zone,
    application_id uuid NOT NULL,
    created_by_id uuid
);


--
-- Name: applications_applicationsecret_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.applications_applicationsecret ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.applications_applicationsecret_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: applications_authorizationrequest; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.applications_authorizationrequest (
    id_hash character varying(64) NOT NULL,
    parameters jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    application_id uuid NOT NULL,
    consented_by uuid,
    is_pushed boolean DEFAULT false NOT NULL
);


--
-- Name: applications_consent; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.applications_consent (
    id bigint NOT NULL,
    scope character varying(200) NOT NULL,
    given_at timestamp with time zone NOT NULL,
    application_id uuid NOT NULL,
    user_id uuid NOT NULL
);


--
-- Name: applications_consent_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.applications_consent ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.applications_consent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: applications_developererror; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.applications_developererror (
    id bigint NOT NULL,
    cause character varying(40) NOT NULL,
    facts jsonb NOT NULL,
    count integer NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    application_id uuid NOT NULL,
    CONSTRAINT applications_developererror_count_check CHECK ((count >= 0))
);


--
-- Name: applications_developererror_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.applications_developererror ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.applications_developererror_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: applications_grant; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.applications_grant (
    id bigint NOT NULL,
    sid uuid NOT NULL,
    auth_time timestamp with time zone NOT NULL,
    amr jsonb NOT NULL,
    idp jsonb NOT NULL,
    scope character varying(200) NOT NULL,
    claims jsonb NOT NULL,
    nonce character varying(1000) NOT NULL,
    redirect_uri character varying(2000) NOT NULL,
    code_challenge character varying(43) NOT NULL,
    code_hash character varying(64) NOT NULL,
    code_expires_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    redeemed_at timestamp with time zone,
    redeemed_by uuid,
    revoked_at timestamp with time zone,
    expires_at timestamp with time zone NOT NULL,
    application_id uuid NOT NULL,
    project_id uuid NOT NULL,
    user_id uuid NOT NULL
);


--
-- Name: applications_grant_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.applications_grant ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.applications_grant_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: applications_logoutdelivery; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.applications_logoutdelivery (
    id bigint NOT NULL,
    sid uuid NOT NULL,
    "user" uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    attempts integer NOT NULL,
    tried_at timestamp with time zone,
    delivered_at timestamp with time zone,
    failed_at timestamp with time zone,
    answer character varying(40) NOT NULL,
    application_id uuid NOT NULL,
    CONSTRAINT applications_logoutdelivery_attempts_check CHECK ((attempts >= 0))
);


--
-- Name: applications_logoutdelivery_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.applications_logoutdelivery ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.applications_logoutdelivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: applications_logoutrequest; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.applications_logoutrequest (
    id_hash character varying(64) NOT NULL,
    target character varying(7000) NOT NULL,
    subject character varying(36) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    application_id uuid,
    project_id uuid NOT NULL
);


--
-- Name: applications_signingkey; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.applications_signingkey (
    id bigint NOT NULL,
    kid character varying(40) NOT NULL,
    alg character varying(5) NOT NULL,
    public_jwk jsonb NOT NULL,
    ciphertext bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    active_at timestamp with time zone NOT NULL,
    project_id uuid NOT NULL
);


--
-- Name: applications_signingkey_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.applications_signingkey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.applications_signingkey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: applications_token; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.applications_token (
    hash character varying(64) NOT NULL,
    kind character varying(7) NOT NULL,
    scope character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    replaced_at timestamp with time zone,
    revoked_at timestamp with time zone,
    grant_id bigint NOT NULL
);


--
-- Name: auth_group; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);


--
-- Name: auth_group_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: auth_group_permissions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);


--
-- Name: auth_group_permissions_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: auth_permission; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);


--
-- Name: auth_permission_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: connections_connection; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.connections_connection (
    id uuid NOT NULL,
    provider character varying(60) NOT NULL,
    alias character varying(40) NOT NULL,
    labels jsonb NOT NULL,
    settings jsonb NOT NULL,
    kept_namespace character varying(200) NOT NULL,
    enabled boolean NOT NULL,
    "position" integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    project_id uuid NOT NULL,
    updated_by_id uuid,
    CONSTRAINT connections_connection_position_check CHECK (("position" >= 0))
);


--
-- Name: connections_endusersession; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.connections_endusersession (
    sid uuid NOT NULL,
    key_hash character varying(64) NOT NULL,
    alias character varying(40) NOT NULL,
    provider character varying(60) NOT NULL,
    namespace character varying(200) NOT NULL,
    subject character varying(256) NOT NULL,
    claims jsonb NOT NULL,
    amr jsonb NOT NULL,
    auth_time timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    browser character varying(200) NOT NULL,
    address inet,
    connection_id uuid,
    project_id uuid NOT NULL,
    user_id uuid NOT NULL
);


--
-- Name: connections_identity; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.connections_identity (
    id bigint NOT NULL,
    namespace character varying(200) NOT NULL,
    subject character varying(256) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone NOT NULL,
    connection_id uuid,
    project_id uuid NOT NULL,
    user_id uuid NOT NULL
);


--
-- Name: connections_identity_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.connections_identity ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.connections_identity_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: connections_identitykey; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.connections_identitykey (
    id bigint NOT NULL,
    namespace character varying(200) NOT NULL,
    value character varying(256) NOT NULL,
    identity_id bigint NOT NULL,
    project_id uuid NOT NULL
);


--
-- Name: connections_identitykey_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.connections_identitykey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.connections_identitykey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: connections_pendingsignin; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.connections_pendingsignin (
    state_hash character varying(64) NOT NULL,
    browser_hash character varying(64) NOT NULL,
    pkce_verifier character varying(128) NOT NULL,
    nonce character varying(64) NOT NULL,
    next character varying(2000) NOT NULL,
    posted bytea,
    started_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    connection_id uuid NOT NULL,
    taken_at timestamp with time zone,
    taken_by uuid,
    reference character varying(10) DEFAULT ''::character varying NOT NULL,
    stray_reference character varying(10) DEFAULT ''::character varying NOT NULL
);


--
-- Name: connections_signin; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.connections_signin (
    id bigint NOT NULL,
    alias character varying(40) NOT NULL,
    provider character varying(60) NOT NULL,
    reference character varying(10) NOT NULL,
    outcome character varying(10) NOT NULL,
    cause character varying(40) NOT NULL,
    provider_code character varying(40) NOT NULL,
    provider_trace character varying(120) NOT NULL,
    started_at timestamp with time zone NOT NULL,
    returned_at timestamp with time zone,
    ended_at timestamp with time zone NOT NULL,
    durations jsonb NOT NULL,
    connection_id uuid,
    project_id uuid NOT NULL,
    user_id uuid,
    facts jsonb NOT NULL
);


--
-- Name: connections_signin_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.connections_signin ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.connections_signin_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: connections_storedsecret; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.connections_storedsecret (
    id bigint NOT NULL,
    field character varying(40) NOT NULL,
    ciphertext bytea NOT NULL,
    key_id bigint NOT NULL,
    last4 character varying(4) NOT NULL,
    fingerprint character varying(12) NOT NULL,
    set_at timestamp with time zone NOT NULL,
    connection_id uuid NOT NULL,
    set_by_id uuid,
    CONSTRAINT connections_storedsecret_key_id_check CHECK ((key_id >= 0))
);


--
-- Name: connections_storedsecret_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.connections_storedsecret ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.connections_storedsecret_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: connections_unreturnedsignins; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.connections_unreturnedsignins (
    id bigint NOT NULL,
    hour timestamp with time zone NOT NULL,
    count integer NOT NULL,
    connection_id uuid NOT NULL,
    CONSTRAINT connections_unreturnedsignins_count_check CHECK ((count >= 0))
);


--
-- Name: connections_unreturnedsignins_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.connections_unreturnedsignins ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.connections_unreturnedsignins_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: django_cache; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_cache (
    cache_key character varying(255) NOT NULL,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);


--
-- Name: django_content_type; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);


--
-- Name: django_content_type_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: django_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);


--
-- Name: django_migrations_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: django_session; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);


--
-- Name: keyring_keycanary; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.keyring_keycanary (
    id smallint NOT NULL,
    ciphertext bytea NOT NULL,
    key_id bigint NOT NULL,
    CONSTRAINT keyring_keycanary_id_check CHECK ((id >= 0)),
    CONSTRAINT keyring_keycanary_key_id_check CHECK ((key_id >= 0)),
    CONSTRAINT only_one_canary CHECK ((id = 1))
);


--
-- Name: limits_ratelimitbucket; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.limits_ratelimitbucket (
    key uuid NOT NULL,
    full_at timestamp with time zone NOT NULL
);


--
-- Name: mail_queuedmail; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.mail_queuedmail (
    id uuid NOT NULL,
    ciphertext bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);


--
-- Name: mfa_authenticator; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.mfa_authenticator (
    id bigint NOT NULL,
    type character varying(20) NOT NULL,
    data jsonb NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone
);


--
-- Name: mfa_authenticator_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.mfa_authenticator ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.mfa_authenticator_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: procrastinate_events; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.procrastinate_events (
    id bigint NOT NULL,
    job_id bigint NOT NULL,
    type public.procrastinate_job_event_type,
    at timestamp with time zone DEFAULT now()
);


--
-- Name: procrastinate_events_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.procrastinate_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: procrastinate_events_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.procrastinate_events_id_seq OWNED BY public.procrastinate_events.id;


--
-- Name: procrastinate_jobs_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.procrastinate_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: procrastinate_jobs_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.procrastinate_jobs_id_seq OWNED BY public.procrastinate_jobs.id;


--
-- Name: procrastinate_periodic_defers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.procrastinate_periodic_defers (
    id bigint NOT NULL,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint,
    periodic_id character varying(128) DEFAULT ''::character varying NOT NULL
);


--
-- Name: procrastinate_periodic_defers_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.procrastinate_periodic_defers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: procrastinate_periodic_defers_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.procrastinate_periodic_defers_id_seq OWNED BY public.procrastinate_periodic_defers.id;


--
-- Name: procrastinate_workers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.procrastinate_workers (
    id bigint NOT NULL,
    last_heartbeat timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: procrastinate_workers_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.procrastinate_workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.procrastinate_workers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: projects_deletion; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.projects_deletion (
    id bigint NOT NULL,
    project uuid NOT NULL,
    slug character varying(40) NOT NULL,
    name character varying(80) NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_name character varying(254) NOT NULL,
    lost jsonb NOT NULL,
    actor_id uuid
);


--
-- Name: projects_deletion_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.projects_deletion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.projects_deletion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: projects_event; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.projects_event (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_name character varying(254) NOT NULL,
    action character varying(40) NOT NULL,
    target_type character varying(60) DEFAULT ''::character varying NOT NULL,
    target_id character varying(40) NOT NULL,
    target_name character varying(120) NOT NULL,
    changes jsonb NOT NULL,
    actor_id uuid,
    project_id uuid NOT NULL
);


--
-- Name: projects_event_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.projects_event ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.projects_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: projects_eventorigin; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.projects_eventorigin (
    event_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    request_id character varying(64) NOT NULL,
    address inet,
    user_agent character varying(200) NOT NULL,
    project_id uuid NOT NULL
);


--
-- Name: projects_invitation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.projects_invitation (
    id bigint NOT NULL,
    address character varying(254) NOT NULL,
    role character varying(10) NOT NULL,
    token_hash character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    revoked_at timestamp with time zone,
    invited_by_id uuid,
    project_id uuid NOT NULL
);


--
-- Name: projects_invitation_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.projects_invitation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.projects_invitation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: projects_membership; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.projects_membership (
    id bigint NOT NULL,
    role character varying(10) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    user_id uuid NOT NULL,
    project_id uuid NOT NULL
);


--
-- Name: projects_membership_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.projects_membership ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.projects_membership_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: projects_project; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.projects_project (
    id uuid NOT NULL,
    slug character varying(40) NOT NULL,
    name character varying(80) NOT NULL,
    version bigint NOT NULL,
    require_second_factor boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    issuer character varying(200) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT projects_project_version_check CHECK ((version >= 0))
);


--
-- Name: projects_user; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.projects_user (
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    id uuid NOT NULL,
    email character varying(254) NOT NULL,
    name character varying(150) NOT NULL,
    is_active boolean NOT NULL,
    address character varying(254) NOT NULL,
    address_verified boolean NOT NULL,
    picture character varying(500) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    project_id uuid,
    CONSTRAINT end_user_has_no_email_and_no_password CHECK (((project_id IS NULL) OR (((email)::text = ''::text) AND ((password)::text ~~ '!%'::text)))),
    CONSTRAINT operator_has_an_email CHECK (((project_id IS NOT NULL) OR (NOT ((email)::text = ''::text))))
);


--
-- Name: socialaccount_socialaccount; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.socialaccount_socialaccount (
    id integer NOT NULL,
    provider character varying(200) NOT NULL,
    uid character varying(191) NOT NULL,
    last_login timestamp with time zone NOT NULL,
    date_joined timestamp with time zone NOT NULL,
    extra_data jsonb NOT NULL,
    user_id uuid NOT NULL
);


--
-- Name: socialaccount_socialaccount_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.socialaccount_socialaccount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.socialaccount_socialaccount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: socialaccount_socialapp; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.socialaccount_socialapp (
    id integer NOT NULL,
    provider character varying(30) NOT NULL,
    name character varying(40) NOT NULL,
    client_id character varying(191) NOT NULL,
    secret character varying(191) NOT NULL,
    key character varying(191) NOT NULL,
    provider_id character varying(200) NOT NULL,
    settings jsonb NOT NULL
);


--
-- Name: socialaccount_socialapp_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.socialaccount_socialapp ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.socialaccount_socialapp_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: socialaccount_socialtoken; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.socialaccount_socialtoken (
    id integer NOT NULL,
    token text NOT NULL,
    token_secret text NOT NULL,
    expires_at timestamp with time zone,
    account_id integer NOT NULL,
    app_id integer
);


--
-- Name: socialaccount_socialtoken_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.socialaccount_socialtoken ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.socialaccount_socialtoken_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: procrastinate_events id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_events ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_events_id_seq'::regclass);


--
-- Name: procrastinate_jobs id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_jobs_id_seq'::regclass);


--
-- Name: procrastinate_periodic_defers id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_periodic_defers_id_seq'::regclass);


--
-- Data for Name: account_emailaddress; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: account_emailconfirmation; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: applications_application; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.applications_application VALUES ('fe34d7c4-f33f-4c36-8422-9f7b9a0423f7', '46rrajpmjubwwozw2py0o74r', 'Shop', 'website', '["https://shop.example/callback"]', '[]', '', '', '', false, false, '[]', false, 'RS256', 'requested', 3600, 3600, 30, 180, '2026-11-29 20:59:16.550331+00', '2026-11-29 20:59:16.550341+00', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1', NULL, false, false);


--
-- Data for Name: applications_applicationsecret; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.applications_applicationsecret VALUES (1, '8ceb447dffde4aeaf23970553e444d8f47e2081857352e573341df109f34bd35', 'D35I', '2026-11-29 20:59:16.559914+00', '2026-11-29 20:59:18.321446+00', NULL, 'fe34d7c4-f33f-4c36-8422-9f7b9a0423f7', NULL);


--
-- Data for Name: applications_authorizationrequest; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.applications_authorizationrequest VALUES ('08496fec5f8900638b960847e651f35dc5e73aba521644365533d12512db0e8e', '{"nonce": "", "scope": ["openid", "profile", "offline_access"], "state": null, "claims": {}, "prompt": [], "max_age": null, "subject": "", "is_trial": false, "connection": "", "login_hint": "", "same_people": [], "redirect_uri": "https://shop.example/callback", "response_mode": "query", "code_challenge": "DWzeBUrkBsLgYl7T7i_W6IUfhO8V9572VScdlRJP6nk"}', '2026-11-29 20:59:17.925691+00', '2026-11-29 21:59:17.923315+00', '2026-11-29 20:59:18.282539+00', 'fe34d7c4-f33f-4c36-8422-9f7b9a0423f7', NULL, false);


--
-- Data for Name: applications_consent; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: applications_developererror; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: applications_grant; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.applications_grant VALUES (1, '6439d6b9-854a-4e10-90e6-748e26818f80', '2026-11-29 20:59:18.146567+00', '["fed"]', '{"alias": "wechat_web", "appid": "wx6ab7ff1a4f68ba04", "openid": "oQhDVpd8GFbeKkmPVZkd8X7GjUEi", "subject": "osjfwAGPmbJsZMXbcfv_zwiLRwau", "unionid": "osjfwAGPmbJsZMXbcfv_zwiLRwau", "provider": "wechat_web"}', 'openid profile offline_access', '{}', '', 'https://shop.example/callback', 'DWzeBUrkBsLgYl7T7i_W6IUfhO8V9572VScdlRJP6nk', 'f435258040ec00f7f6c99d8f0e398e7d1e8330a9b9b2c3ba3744bb736a9e08f9', '2026-11-29 21:00:18.264172+00', '2026-11-29 20:59:18.26463+00', '2026-11-29 20:59:18.325467+00', '79c07a6b-3928-4d58-a54c-785624bfe524', NULL, '2027-05-28 20:59:18.26463+00', 'fe34d7c4-f33f-4c36-8422-9f7b9a0423f7', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1', '6a6c8ebd-e7f8-4432-b679-5ef411a3931a');


--
-- Data for Name: applications_logoutdelivery; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: applications_logoutrequest; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: applications_signingkey; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.applications_signingkey VALUES (1, 'xGfiTS2JWM0n4HEowVD-Jfrm', 'RS256', '{"e": "AQAB", "n": "sRkVUDmx741NA-mTCJF_H7EnkuNRCvSrqMhHAeCN9y_OR8tzTNm30mAW2JWev_3i-ehLN5pR1zxy1Q372jA5qyjbqd4ww7qzJEOOSNW9Nbc19SEbcPfwGxZXayjKhFPYsSItunG0C5pTOqV6RpcAVKTUQrB8fVtlMqTJcC1ET2vCBckUoCk51eu8nFHuMSY778ShQaALjvcwrpYpvSZAI37AxuO231yv2x9GX-mIJUUASCHdUzE-ykaqOlMtCankzTFWzVx4kCkFMxgiwJLQQhRpsd8IrbdXb-fBeOO6npUirt3zJcuACCg80f7Lu0R0EobH3YZn7TvEWcgd48SNqw", "alg": "RS256", "kid": "xGfiTS2JWM0n4HEowVD-Jfrm", "kty": "RSA", "use": "sig"}', '\x0170dd84b8e43bcaebc0472b67c3453fa850a9bf6c571309a29114339c5bb04ea03f0bd91f1a9ff9d37f19d0e560bc774d58e2531c2430ad31118fb8b48965806763e4d62257e34f57a961bbc23d33d7e5ca974f1abcbed97fb4e5ff6e987a00579469266e7a42563d8c04a9815b96baa86f63c6c3394d4a38a438a55861f8f0a515be4a79d26a2eb7de99fb3308d4019516d02edfa9d47aaf4b3c710041a3e69e14296127c4a8405593d855530f452d6db770b1510bfa446984475b9898c2888d2a740a013ce0def6a3ec0a9f9b4e6f173d8a1120c2a23d5589d766edf2ad39e742dd629772b1ea046426186da96d9f027af554abb3896d90c32379c3f338e9d630da6e3a4d7e8e50406e7e15bbadd1b0ef7717720336cb71086461f021d81fd346efce3c587582853e2b28370e38a48ba4c93dc4724086b06fd6d7edcc8cab01bfb9cc7d52da067c3b9f309e0176ab7922a2186f1a3e2413f700b7aff45c45c1e8b25a19b454d298ae8c57aad6ce711281b38b8588dbe73da007f72b00e12c43872c8c8b4565f9bc79447e5430e6f96e3ed7376d17f157e55f7fd33c08d94af9dc984820604574d6b41181d94a0a67ad841287021db5c4e3ce20b0041af639cba014452a6fa5a84822d13a05b98004cd38fe1768c23b8bacb8fff469d8f474242a4d337ae77d6d3440df31465b42fa215303d6808d5912399fada67af418ea4b5357c6752c67a1dfbbdfe8514cef0bf4dc8375056e5bdfd54cda90d7868a0a7e3190e04bfcc5b36f53cf830d7da581d946688d36c2f3cf7366824d19b1b3bb58bca3653f045cb65c1c2e3b82c6ff2aec73ef0ad590ade2acdc7f7eac5516739651ee3ec5f199aa47d855169dac79b8f4da1e601a9121bed75280a6c0745222dd07e2ccd29a6921c7ec49404f8f912b16ee2056ccf2751a505c46848e3b7bf82708e64abee726a8b17736665773f3753758b196dea262080211157acdff81c44df9e084f3e9b70071b91c4bcaa656b7231b1a9daadee471d906f379d1e78e2aaa0a7c0ff28e9537da2dfe8a358e850ce9b9856a27fea2aded41e6aa9886521c68421a46230877232f99b6e84f92317c79ff4ce6df75de7034496cd5fa765a439cf8cb44a8f2350814dc1608e6cf21cd0988e6d447023e2a5740638b3d203bf37c3ecb8cc4543fea012e0d191a678dbeef1760e5154bc1d92a5a056aa3ad95b2306f9cac984b226c3dbab86d19e8da7825768f70b637b10045d55ec5964c0943ae73f0703e2dc0c2735e33f5189c1132936787a98a7eef6b298d984b37e983ddd498f2107082b87d18c7e1853d5ff39d1fc1111d2500ca24edf3b02481e3e4639382d913c27b2ba7cedcab0b06093178e4c9a7b069b36e3a6b6ebf0f673c667caf1f73d004f6a747b63bd21508a1ec01c15e790c65e31cee09a3613e3dee2a86351c7049595d3e6aaba326df2e0ae7701cb2ae8aa4e439b46b829916ac87f96528ec8a18c524f78945d5d41483612c921572e7508a80368f8ba48313400c2f6d69ce77db5af5cf01aede2d6e0d869f6524bc51db083f1dccfb901e87bb833ad1c6ff31ce07bb154d64dd63ce56ab1b27804b4ac7eacf62d812180d57cebc5b179e6a96d832df211f7bc2fc140ed53b45392a1de81b428523f41abb47427e0db9c16398bfb284799125de61f72f4457d13162c379c2f9cf18e2ea238c59e9aa44a4debc04f3567aebd0552c5d9deedd8b74bb0d9c810ba1f1e16737b0d10bc06b94d8c2', '2026-11-29 20:59:16.53994+00', '2026-11-29 20:49:16.425748+00', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1');
INSERT INTO public.applications_signingkey VALUES (2, 'kWVuDtfE1rQh6iI9J9SBn7c7', 'ES256', '{"x": "nXH2vJhFIWCa-d8EDvG-XgjBCxyKQ5lhZaITLRbVOQc", "y": "Q_E58X40vrw7Vy5jmiqBXnvLrkL7X72gcpC1HREVV4Q", "alg": "ES256", "crv": "P-256", "kid": "kWVuDtfE1rQh6iI9J9SBn7c7", "kty": "EC", "use": "sig"}', '\x0170dd84b8595c570b2a4cab1b6a926044b99bf775e660e87989d275bfeeb01c00cf5cef085d203293d29762da3b6056a776c6073b3e0b53ecc610a4da53698d627e6ff22027c417d90db5ababf7fdff43854019d2d0e9a7bc8ed27b72225e31a2bea5cc8b7fedfb9c2d53373343f043dfc679f4f85ddf2cfc8ae0224966f53017479c72e03ad8ade496dc828dc4bd46109d29bac2f1bb23a868d79e94f430cde34be948cd91c17f5bda69', '2026-11-29 20:59:16.548524+00', '2026-11-29 20:49:16.54371+00', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1');


--
-- Data for Name: applications_token; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.applications_token VALUES ('287ad15470030566c42a433ec17683559e7d7b3b17e92b9bbe0664291cd2ea8d', 'access', 'openid profile offline_access', '2026-11-29 20:59:18.325467+00', '2026-11-29 21:59:18.436396+00', NULL, NULL, 1);
INSERT INTO public.applications_token VALUES ('b6eae46e89221e1bee0656d66e054e759299d874e872e0e0bc863d2c4126e377', 'refresh', 'openid profile offline_access', '2026-11-29 20:59:18.325467+00', '2026-12-29 20:59:18.436396+00', NULL, NULL, 1);


--
-- Data for Name: auth_group; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: auth_group_permissions; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: auth_permission; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_permission VALUES (1, 'Can add application', 1, 'add_application');
INSERT INTO public.auth_permission VALUES (2, 'Can change application', 1, 'change_application');
INSERT INTO public.auth_permission VALUES (3, 'Can delete application', 1, 'delete_application');
INSERT INTO public.auth_permission VALUES (4, 'Can view application', 1, 'view_application');
INSERT INTO public.auth_permission VALUES (5, 'Can add application secret', 2, 'add_applicationsecret');
INSERT INTO public.auth_permission VALUES (6, 'Can change application secret', 2, 'change_applicationsecret');
INSERT INTO public.auth_permission VALUES (7, 'Can delete application secret', 2, 'delete_applicationsecret');
INSERT INTO public.auth_permission VALUES (8, 'Can view application secret', 2, 'view_applicationsecret');
INSERT INTO public.auth_permission VALUES (9, 'Can add developer error', 3, 'add_developererror');
INSERT INTO public.auth_permission VALUES (10, 'Can change developer error', 3, 'change_developererror');
INSERT INTO public.auth_permission VALUES (11, 'Can delete developer error', 3, 'delete_developererror');
INSERT INTO public.auth_permission VALUES (12, 'Can view developer error', 3, 'view_developererror');
INSERT INTO public.auth_permission VALUES (13, 'Can add signing key', 4, 'add_signingkey');
INSERT INTO public.auth_permission VALUES (14, 'Can change signing key', 4, 'change_signingkey');
INSERT INTO public.auth_permission VALUES (15, 'Can delete signing key', 4, 'delete_signingkey');
INSERT INTO public.auth_permission VALUES (16, 'Can view signing key', 4, 'view_signingkey');
INSERT INTO public.auth_permission VALUES (17, 'Can add authorization request', 5, 'add_authorizationrequest');
INSERT INTO public.auth_permission VALUES (18, 'Can change authorization request', 5, 'change_authorizationrequest');
INSERT INTO public.auth_permission VALUES (19, 'Can delete authorization request', 5, 'delete_authorizationrequest');
INSERT INTO public.auth_permission VALUES (20, 'Can view authorization request', 5, 'view_authorizationrequest');
INSERT INTO public.auth_permission VALUES (21, 'Can add grant', 6, 'add_grant');
INSERT INTO public.auth_permission VALUES (22, 'Can change grant', 6, 'change_grant');
INSERT INTO public.auth_permission VALUES (23, 'Can delete grant', 6, 'delete_grant');
INSERT INTO public.auth_permission VALUES (24, 'Can view grant', 6, 'view_grant');
INSERT INTO public.auth_permission VALUES (25, 'Can add token', 7, 'add_token');
INSERT INTO public.auth_permission VALUES (26, 'Can change token', 7, 'change_token');
INSERT INTO public.auth_permission VALUES (27, 'Can delete token', 7, 'delete_token');
INSERT INTO public.auth_permission VALUES (28, 'Can view token', 7, 'view_token');
INSERT INTO public.auth_permission VALUES (29, 'Can add logout request', 8, 'add_logoutrequest');
INSERT INTO public.auth_permission VALUES (30, 'Can change logout request', 8, 'change_logoutrequest');
INSERT INTO public.auth_permission VALUES (31, 'Can delete logout request', 8, 'delete_logoutrequest');
INSERT INTO public.auth_permission VALUES (32, 'Can view logout request', 8, 'view_logoutrequest');
INSERT INTO public.auth_permission VALUES (33, 'Can add logout delivery', 9, 'add_logoutdelivery');
INSERT INTO public.auth_permission VALUES (34, 'Can change logout delivery', 9, 'change_logoutdelivery');
INSERT INTO public.auth_permission VALUES (35, 'Can delete logout delivery', 9, 'delete_logoutdelivery');
INSERT INTO public.auth_permission VALUES (36, 'Can view logout delivery', 9, 'view_logoutdelivery');
INSERT INTO public.auth_permission VALUES (37, 'Can add consent', 10, 'add_consent');
INSERT INTO public.auth_permission VALUES (38, 'Can change consent', 10, 'change_consent');
INSERT INTO public.auth_permission VALUES (39, 'Can delete consent', 10, 'delete_consent');
INSERT INTO public.auth_permission VALUES (40, 'Can view consent', 10, 'view_consent');
INSERT INTO public.auth_permission VALUES (41, 'Can add connection', 11, 'add_connection');
INSERT INTO public.auth_permission VALUES (42, 'Can change connection', 11, 'change_connection');
INSERT INTO public.auth_permission VALUES (43, 'Can delete connection', 11, 'delete_connection');
INSERT INTO public.auth_permission VALUES (44, 'Can view connection', 11, 'view_connection');
INSERT INTO public.auth_permission VALUES (45, 'Can add identity', 12, 'add_identity');
INSERT INTO public.auth_permission VALUES (46, 'Can change identity', 12, 'change_identity');
INSERT INTO public.auth_permission VALUES (47, 'Can delete identity', 12, 'delete_identity');
INSERT INTO public.auth_permission VALUES (48, 'Can view identity', 12, 'view_identity');
INSERT INTO public.auth_permission VALUES (49, 'Can add identity key', 13, 'add_identitykey');
INSERT INTO public.auth_permission VALUES (50, 'Can change identity key', 13, 'change_identitykey');
INSERT INTO public.auth_permission VALUES (51, 'Can delete identity key', 13, 'delete_identitykey');
INSERT INTO public.auth_permission VALUES (52, 'Can view identity key', 13, 'view_identitykey');
INSERT INTO public.auth_permission VALUES (53, 'Can add pending sign in', 14, 'add_pendingsignin');
INSERT INTO public.auth_permission VALUES (54, 'Can change pending sign in', 14, 'change_pendingsignin');
INSERT INTO public.auth_permission VALUES (55, 'Can delete pending sign in', 14, 'delete_pendingsignin');
INSERT INTO public.auth_permission VALUES (56, 'Can view pending sign in', 14, 'view_pendingsignin');
INSERT INTO public.auth_permission VALUES (57, 'Can add sign in', 15, 'add_signin');
INSERT INTO public.auth_permission VALUES (58, 'Can change sign in', 15, 'change_signin');
INSERT INTO public.auth_permission VALUES (59, 'Can delete sign in', 15, 'delete_signin');
INSERT INTO public.auth_permission VALUES (60, 'Can view sign in', 15, 'view_signin');
INSERT INTO public.auth_permission VALUES (61, 'Can add stored secret', 16, 'add_storedsecret');
INSERT INTO public.auth_permission VALUES (62, 'Can change stored secret', 16, 'change_storedsecret');
INSERT INTO public.auth_permission VALUES (63, 'Can delete stored secret', 16, 'delete_storedsecret');
INSERT INTO public.auth_permission VALUES (64, 'Can view stored secret', 16, 'view_storedsecret');
INSERT INTO public.auth_permission VALUES (65, 'Can add unreturned sign ins', 17, 'add_unreturnedsignins');
INSERT INTO public.auth_permission VALUES (66, 'Can change unreturned sign ins', 17, 'change_unreturnedsignins');
INSERT INTO public.auth_permission VALUES (67, 'Can delete unreturned sign ins', 17, 'delete_unreturnedsignins');
INSERT INTO public.auth_permission VALUES (68, 'Can view unreturned sign ins', 17, 'view_unreturnedsignins');
INSERT INTO public.auth_permission VALUES (69, 'Can add end user session', 18, 'add_endusersession');
INSERT INTO public.auth_permission VALUES (70, 'Can change end user session', 18, 'change_endusersession');
INSERT INTO public.auth_permission VALUES (71, 'Can delete end user session', 18, 'delete_endusersession');
INSERT INTO public.auth_permission VALUES (72, 'Can view end user session', 18, 'view_endusersession');
INSERT INTO public.auth_permission VALUES (73, 'Can add user', 19, 'add_user');
INSERT INTO public.auth_permission VALUES (74, 'Can change user', 19, 'change_user');
INSERT INTO public.auth_permission VALUES (75, 'Can delete user', 19, 'delete_user');
INSERT INTO public.auth_permission VALUES (76, 'Can view user', 19, 'view_user');
INSERT INTO public.auth_permission VALUES (77, 'Can add deletion', 20, 'add_deletion');
INSERT INTO public.auth_permission VALUES (78, 'Can change deletion', 20, 'change_deletion');
INSERT INTO public.auth_permission VALUES (79, 'Can delete deletion', 20, 'delete_deletion');
INSERT INTO public.auth_permission VALUES (80, 'Can view deletion', 20, 'view_deletion');
INSERT INTO public.auth_permission VALUES (81, 'Can add project', 21, 'add_project');
INSERT INTO public.auth_permission VALUES (82, 'Can change project', 21, 'change_project');
INSERT INTO public.auth_permission VALUES (83, 'Can delete project', 21, 'delete_project');
INSERT INTO public.auth_permission VALUES (84, 'Can view project', 21, 'view_project');
INSERT INTO public.auth_permission VALUES (85, 'Can add event', 22, 'add_event');
INSERT INTO public.auth_permission VALUES (86, 'Can change event', 22, 'change_event');
INSERT INTO public.auth_permission VALUES (87, 'Can delete event', 22, 'delete_event');
INSERT INTO public.auth_permission VALUES (88, 'Can view event', 22, 'view_event');
INSERT INTO public.auth_permission VALUES (89, 'Can add event origin', 23, 'add_eventorigin');
INSERT INTO public.auth_permission VALUES (90, 'Can change event origin', 23, 'change_eventorigin');
INSERT INTO public.auth_permission VALUES (91, 'Can delete event origin', 23, 'delete_eventorigin');
INSERT INTO public.auth_permission VALUES (92, 'Can view event origin', 23, 'view_eventorigin');
INSERT INTO public.auth_permission VALUES (93, 'Can add membership', 24, 'add_membership');
INSERT INTO public.auth_permission VALUES (94, 'Can change membership', 24, 'change_membership');
INSERT INTO public.auth_permission VALUES (95, 'Can delete membership', 24, 'delete_membership');
INSERT INTO public.auth_permission VALUES (96, 'Can view membership', 24, 'view_membership');
INSERT INTO public.auth_permission VALUES (97, 'Can add invitation', 25, 'add_invitation');
INSERT INTO public.auth_permission VALUES (98, 'Can change invitation', 25, 'change_invitation');
INSERT INTO public.auth_permission VALUES (99, 'Can delete invitation', 25, 'delete_invitation');
INSERT INTO public.auth_permission VALUES (100, 'Can view invitation', 25, 'view_invitation');
INSERT INTO public.auth_permission VALUES (101, 'Can add key canary', 26, 'add_keycanary');
INSERT INTO public.auth_permission VALUES (102, 'Can change key canary', 26, 'change_keycanary');
INSERT INTO public.auth_permission VALUES (103, 'Can delete key canary', 26, 'delete_keycanary');
INSERT INTO public.auth_permission VALUES (104, 'Can view key canary', 26, 'view_keycanary');
INSERT INTO public.auth_permission VALUES (105, 'Can add rate limit bucket', 27, 'add_ratelimitbucket');
INSERT INTO public.auth_permission VALUES (106, 'Can change rate limit bucket', 27, 'change_ratelimitbucket');
INSERT INTO public.auth_permission VALUES (107, 'Can delete rate limit bucket', 27, 'delete_ratelimitbucket');
INSERT INTO public.auth_permission VALUES (108, 'Can view rate limit bucket', 27, 'view_ratelimitbucket');
INSERT INTO public.auth_permission VALUES (109, 'Can add queued mail', 28, 'add_queuedmail');
INSERT INTO public.auth_permission VALUES (110, 'Can change queued mail', 28, 'change_queuedmail');
INSERT INTO public.auth_permission VALUES (111, 'Can delete queued mail', 28, 'delete_queuedmail');
INSERT INTO public.auth_permission VALUES (112, 'Can view queued mail', 28, 'view_queuedmail');
INSERT INTO public.auth_permission VALUES (113, 'Can add procrastinate event', 29, 'add_procrastinateevent');
INSERT INTO public.auth_permission VALUES (114, 'Can change procrastinate event', 29, 'change_procrastinateevent');
INSERT INTO public.auth_permission VALUES (115, 'Can delete procrastinate event', 29, 'delete_procrastinateevent');
INSERT INTO public.auth_permission VALUES (116, 'Can view procrastinate event', 29, 'view_procrastinateevent');
INSERT INTO public.auth_permission VALUES (117, 'Can add procrastinate job', 30, 'add_procrastinatejob');
INSERT INTO public.auth_permission VALUES (118, 'Can change procrastinate job', 30, 'change_procrastinatejob');
INSERT INTO public.auth_permission VALUES (119, 'Can delete procrastinate job', 30, 'delete_procrastinatejob');
INSERT INTO public.auth_permission VALUES (120, 'Can view procrastinate job', 30, 'view_procrastinatejob');
INSERT INTO public.auth_permission VALUES (121, 'Can add procrastinate periodic defer', 31, 'add_procrastinateperiodicdefer');
INSERT INTO public.auth_permission VALUES (122, 'Can change procrastinate periodic defer', 31, 'change_procrastinateperiodicdefer');
INSERT INTO public.auth_permission VALUES (123, 'Can delete procrastinate periodic defer', 31, 'delete_procrastinateperiodicdefer');
INSERT INTO public.auth_permission VALUES (124, 'Can view procrastinate periodic defer', 31, 'view_procrastinateperiodicdefer');
INSERT INTO public.auth_permission VALUES (125, 'Can add procrastinate worker', 32, 'add_procrastinateworker');
INSERT INTO public.auth_permission VALUES (126, 'Can change procrastinate worker', 32, 'change_procrastinateworker');
INSERT INTO public.auth_permission VALUES (127, 'Can delete procrastinate worker', 32, 'delete_procrastinateworker');
INSERT INTO public.auth_permission VALUES (128, 'Can view procrastinate worker', 32, 'view_procrastinateworker');
INSERT INTO public.auth_permission VALUES (129, 'Can add permission', 33, 'add_permission');
INSERT INTO public.auth_permission VALUES (130, 'Can change permission', 33, 'change_permission');
INSERT INTO public.auth_permission VALUES (131, 'Can delete permission', 33, 'delete_permission');
INSERT INTO public.auth_permission VALUES (132, 'Can view permission', 33, 'view_permission');
INSERT INTO public.auth_permission VALUES (133, 'Can add group', 34, 'add_group');
INSERT INTO public.auth_permission VALUES (134, 'Can change group', 34, 'change_group');
INSERT INTO public.auth_permission VALUES (135, 'Can delete group', 34, 'delete_group');
INSERT INTO public.auth_permission VALUES (136, 'Can view group', 34, 'view_group');
INSERT INTO public.auth_permission VALUES (137, 'Can add content type', 35, 'add_contenttype');
INSERT INTO public.auth_permission VALUES (138, 'Can change content type', 35, 'change_contenttype');
INSERT INTO public.auth_permission VALUES (139, 'Can delete content type', 35, 'delete_contenttype');
INSERT INTO public.auth_permission VALUES (140, 'Can view content type', 35, 'view_contenttype');
INSERT INTO public.auth_permission VALUES (141, 'Can add session', 36, 'add_session');
INSERT INTO public.auth_permission VALUES (142, 'Can change session', 36, 'change_session');
INSERT INTO public.auth_permission VALUES (143, 'Can delete session', 36, 'delete_session');
INSERT INTO public.auth_permission VALUES (144, 'Can view session', 36, 'view_session');
INSERT INTO public.auth_permission VALUES (145, 'Can add email address', 37, 'add_emailaddress');
INSERT INTO public.auth_permission VALUES (146, 'Can change email address', 37, 'change_emailaddress');
INSERT INTO public.auth_permission VALUES (147, 'Can delete email address', 37, 'delete_emailaddress');
INSERT INTO public.auth_permission VALUES (148, 'Can view email address', 37, 'view_emailaddress');
INSERT INTO public.auth_permission VALUES (149, 'Can add email confirmation', 38, 'add_emailconfirmation');
INSERT INTO public.auth_permission VALUES (150, 'Can change email confirmation', 38, 'change_emailconfirmation');
INSERT INTO public.auth_permission VALUES (151, 'Can delete email confirmation', 38, 'delete_emailconfirmation');
INSERT INTO public.auth_permission VALUES (152, 'Can view email confirmation', 38, 'view_emailconfirmation');
INSERT INTO public.auth_permission VALUES (153, 'Can add authenticator', 39, 'add_authenticator');
INSERT INTO public.auth_permission VALUES (154, 'Can change authenticator', 39, 'change_authenticator');
INSERT INTO public.auth_permission VALUES (155, 'Can delete authenticator', 39, 'delete_authenticator');
INSERT INTO public.auth_permission VALUES (156, 'Can view authenticator', 39, 'view_authenticator');
INSERT INTO public.auth_permission VALUES (157, 'Can add social account', 40, 'add_socialaccount');
INSERT INTO public.auth_permission VALUES (158, 'Can change social account', 40, 'change_socialaccount');
INSERT INTO public.auth_permission VALUES (159, 'Can delete social account', 40, 'delete_socialaccount');
INSERT INTO public.auth_permission VALUES (160, 'Can view social account', 40, 'view_socialaccount');
INSERT INTO public.auth_permission VALUES (161, 'Can add social application', 41, 'add_socialapp');
INSERT INTO public.auth_permission VALUES (162, 'Can change social application', 41, 'change_socialapp');
INSERT INTO public.auth_permission VALUES (163, 'Can delete social application', 41, 'delete_socialapp');
INSERT INTO public.auth_permission VALUES (164, 'Can view social application', 41, 'view_socialapp');
INSERT INTO public.auth_permission VALUES (165, 'Can add social application token', 42, 'add_socialtoken');
INSERT INTO public.auth_permission VALUES (166, 'Can change social application token', 42, 'change_socialtoken');
INSERT INTO public.auth_permission VALUES (167, 'Can delete social application token', 42, 'delete_socialtoken');
INSERT INTO public.auth_permission VALUES (168, 'Can view social application token', 42, 'view_socialtoken');


--
-- Data for Name: connections_connection; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.connections_connection VALUES ('2c6ed27e-63cf-4318-903c-119a4d015ddb', 'wechat_web', 'wechat_web', '{}', '{"client_id": "wx6ab7ff1a4f68ba04", "account_id": "gh_5c1e7d92a0b4", "test_account": false}', '', true, 0, '2026-11-29 20:59:09.946873+00', '2026-11-29 20:59:09.946896+00', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1', 'da3c2fb6-bfde-4d98-b5c3-485f8f5b55a6');
INSERT INTO public.connections_connection VALUES ('55df9e32-b69d-4790-bb30-24d3afa5cc03', 'github', 'github', '{}', '{"client_id": "Iv1.0123456789abcdef"}', '', true, 1, '2026-11-29 20:59:12.633886+00', '2026-11-29 20:59:12.633903+00', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1', 'da3c2fb6-bfde-4d98-b5c3-485f8f5b55a6');


--
-- Data for Name: connections_endusersession; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.connections_endusersession VALUES ('6439d6b9-854a-4e10-90e6-748e26818f80', 'c62ba52a6164ac5c0017fd5f16729b9fb25cd7ed7ff23bc92295eaac83fdd73f', 'wechat_web', 'wechat_web', 'wechat:gh_5c1e7d92a0b4', 'osjfwAGPmbJsZMXbcfv_zwiLRwau', '{"appid": "wx6ab7ff1a4f68ba04", "openid": "oQhDVpd8GFbeKkmPVZkd8X7GjUEi", "unionid": "osjfwAGPmbJsZMXbcfv_zwiLRwau"}', '["fed"]', '2026-11-29 20:59:18.146567+00', '2026-11-29 20:59:18.246059+00', '2026-11-29 20:59:18.246059+00', '2026-12-13 20:59:18.246059+00', 'python-requests/2.34.2', '127.0.0.1', '2c6ed27e-63cf-4318-903c-119a4d015ddb', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1', '6a6c8ebd-e7f8-4432-b679-5ef411a3931a');


--
-- Data for Name: connections_identity; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.connections_identity VALUES (1, 'wechat:gh_5c1e7d92a0b4', 'osjfwAGPmbJsZMXbcfv_zwiLRwau', '2026-11-29 20:59:18.20626+00', '2026-11-29 20:59:18.206269+00', '2c6ed27e-63cf-4318-903c-119a4d015ddb', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1', '6a6c8ebd-e7f8-4432-b679-5ef411a3931a');


--
-- Data for Name: connections_identitykey; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.connections_identitykey VALUES (1, 'wechat-app:wx6ab7ff1a4f68ba04', 'oQhDVpd8GFbeKkmPVZkd8X7GjUEi', 1, '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1');


--
-- Data for Name: connections_pendingsignin; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.connections_pendingsignin VALUES ('0c8ef6566f13dc14984346e814c0bb91172862ee763147eb474c51135dcbec11', '8f4ad3e1e1b7c0252c484a1b71b231f2c68ea09783edf8c05491d414740b0425', '', '', '/oauth2/continue?application=46rrajpmjubwwozw2py0o74r&request=PHhB5BgLAGeuMJJbNsHgNEAiCfYdw2Lw', NULL, '2026-11-29 20:59:18.099669+00', '2026-11-29 21:00:18.186353+00', '2c6ed27e-63cf-4318-903c-119a4d015ddb', '2026-11-29 20:59:18.14363+00', '16959b5c-08b8-4586-be7f-f8c63e4b3942', 'FSNRPWPBYV', '');


--
-- Data for Name: connections_signin; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.connections_signin VALUES (1, 'wechat_web', 'wechat_web', 'FSNRPWPBYV', 'ok', '', '', '', '2026-11-29 20:59:18.099669+00', '2026-11-29 20:59:18.146567+00', '2026-11-29 20:59:18.223405+00', '{"token": 11, "userinfo": 27}', '2c6ed27e-63cf-4318-903c-119a4d015ddb', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1', '6a6c8ebd-e7f8-4432-b679-5ef411a3931a', '{}');


--
-- Data for Name: connections_storedsecret; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.connections_storedsecret VALUES (1, 'client_secret', '\x0170dd84b89ad7760f1084b28432b02ef97bf186738e2eaa9a8979da17dfb7a07ba20c343164d5fecc6d164819c25f09fcb743fc9f099b5d429cd327873828f1aa', 1893565624, '53e7', 'a3c250071457', '2026-11-29 20:59:09.958218+00', '2c6ed27e-63cf-4318-903c-119a4d015ddb', 'da3c2fb6-bfde-4d98-b5c3-485f8f5b55a6');
INSERT INTO public.connections_storedsecret VALUES (2, 'client_secret', '\x0170dd84b85e6fd2bdccf7f538145da6d675b4c03bd0837738fb1d4d9073c2f7cd80e78b9fec586ddbb8269612d09d75581728de0977cca6c8e4ddedf58cc90bd52d050958bd1e0138', 1893565624, '8192', '8a59da238936', '2026-11-29 20:59:12.642701+00', '55df9e32-b69d-4790-bb30-24d3afa5cc03', 'da3c2fb6-bfde-4d98-b5c3-485f8f5b55a6');


--
-- Data for Name: connections_unreturnedsignins; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: django_cache; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.django_cache VALUES (':1:allauth:rl:allauth.account:login:30/60/ip:ip:127.0.0.1', 'gAWVFwAAAAAAAABdlChHQdrDJIedo3pHQdrDJIbigUtlLg==', '2026-11-29 21:00:10+00');


--
-- Data for Name: django_content_type; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.django_content_type VALUES (1, 'applications', 'application');
INSERT INTO public.django_content_type VALUES (2, 'applications', 'applicationsecret');
INSERT INTO public.django_content_type VALUES (3, 'applications', 'developererror');
INSERT INTO public.django_content_type VALUES (4, 'applications', 'signingkey');
INSERT INTO public.django_content_type VALUES (5, 'applications', 'authorizationrequest');
INSERT INTO public.django_content_type VALUES (6, 'applications', 'grant');
INSERT INTO public.django_content_type VALUES (7, 'applications', 'token');
INSERT INTO public.django_content_type VALUES (8, 'applications', 'logoutrequest');
INSERT INTO public.django_content_type VALUES (9, 'applications', 'logoutdelivery');
INSERT INTO public.django_content_type VALUES (10, 'applications', 'consent');
INSERT INTO public.django_content_type VALUES (11, 'connections', 'connection');
INSERT INTO public.django_content_type VALUES (12, 'connections', 'identity');
INSERT INTO public.django_content_type VALUES (13, 'connections', 'identitykey');
INSERT INTO public.django_content_type VALUES (14, 'connections', 'pendingsignin');
INSERT INTO public.django_content_type VALUES (15, 'connections', 'signin');
INSERT INTO public.django_content_type VALUES (16, 'connections', 'storedsecret');
INSERT INTO public.django_content_type VALUES (17, 'connections', 'unreturnedsignins');
INSERT INTO public.django_content_type VALUES (18, 'connections', 'endusersession');
INSERT INTO public.django_content_type VALUES (19, 'projects', 'user');
INSERT INTO public.django_content_type VALUES (20, 'projects', 'deletion');
INSERT INTO public.django_content_type VALUES (21, 'projects', 'project');
INSERT INTO public.django_content_type VALUES (22, 'projects', 'event');
INSERT INTO public.django_content_type VALUES (23, 'projects', 'eventorigin');
INSERT INTO public.django_content_type VALUES (24, 'projects', 'membership');
INSERT INTO public.django_content_type VALUES (25, 'projects', 'invitation');
INSERT INTO public.django_content_type VALUES (26, 'keyring', 'keycanary');
INSERT INTO public.django_content_type VALUES (27, 'limits', 'ratelimitbucket');
INSERT INTO public.django_content_type VALUES (28, 'mail', 'queuedmail');
INSERT INTO public.django_content_type VALUES (29, 'procrastinate', 'procrastinateevent');
INSERT INTO public.django_content_type VALUES (30, 'procrastinate', 'procrastinatejob');
INSERT INTO public.django_content_type VALUES (31, 'procrastinate', 'procrastinateperiodicdefer');
INSERT INTO public.django_content_type VALUES (32, 'procrastinate', 'procrastinateworker');
INSERT INTO public.django_content_type VALUES (33, 'auth', 'permission');
INSERT INTO public.django_content_type VALUES (34, 'auth', 'group');
INSERT INTO public.django_content_type VALUES (35, 'contenttypes', 'contenttype');
INSERT INTO public.django_content_type VALUES (36, 'sessions', 'session');
INSERT INTO public.django_content_type VALUES (37, 'account', 'emailaddress');
INSERT INTO public.django_content_type VALUES (38, 'account', 'emailconfirmation');
INSERT INTO public.django_content_type VALUES (39, 'mfa', 'authenticator');
INSERT INTO public.django_content_type VALUES (40, 'socialaccount', 'socialaccount');
INSERT INTO public.django_content_type VALUES (41, 'socialaccount', 'socialapp');
INSERT INTO public.django_content_type VALUES (42, 'socialaccount', 'socialtoken');


--
-- Data for Name: django_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.django_migrations VALUES (1, 'projects', '0001_initial', '2026-11-29 20:58:42.820855+00');
INSERT INTO public.django_migrations VALUES (2, 'account', '0001_initial', '2026-11-29 20:58:42.88133+00');
INSERT INTO public.django_migrations VALUES (3, 'account', '0002_email_max_length', '2026-11-29 20:58:42.899823+00');
INSERT INTO public.django_migrations VALUES (4, 'account', '0003_alter_emailaddress_create_unique_verified_email', '2026-11-29 20:58:42.937447+00');
INSERT INTO public.django_migrations VALUES (5, 'account', '0004_alter_emailaddress_drop_unique_email', '2026-11-29 20:58:42.964508+00');
INSERT INTO public.django_migrations VALUES (6, 'account', '0005_emailaddress_idx_upper_email', '2026-11-29 20:58:42.984857+00');
INSERT INTO public.django_migrations VALUES (7, 'account', '0006_emailaddress_lower', '2026-11-29 20:58:43.003669+00');
INSERT INTO public.django_migrations VALUES (8, 'account', '0007_emailaddress_idx_email', '2026-11-29 20:58:43.04068+00');
INSERT INTO public.django_migrations VALUES (9, 'account', '0008_emailaddress_unique_primary_email_fixup', '2026-11-29 20:58:43.075268+00');
INSERT INTO public.django_migrations VALUES (10, 'account', '0009_emailaddress_unique_primary_email', '2026-11-29 20:58:43.095142+00');
INSERT INTO public.django_migrations VALUES (11, 'projects', '0002_issuer', '2026-11-29 20:58:43.120632+00');
INSERT INTO public.django_migrations VALUES (12, 'applications', '0001_initial', '2026-11-29 20:58:43.284484+00');
INSERT INTO public.django_migrations VALUES (13, 'applications', '0002_grants', '2026-11-29 20:58:43.370278+00');
INSERT INTO public.django_migrations VALUES (14, 'applications', '0003_logout', '2026-11-29 20:58:43.425679+00');
INSERT INTO public.django_migrations VALUES (15, 'applications', '0004_consent', '2026-11-29 20:58:43.511823+00');
INSERT INTO public.django_migrations VALUES (16, 'applications', '0005_rival_hints', '2026-11-29 20:58:43.54526+00');
INSERT INTO public.django_migrations VALUES (17, 'contenttypes', '0001_initial', '2026-11-29 20:58:43.55682+00');
INSERT INTO public.django_migrations VALUES (18, 'contenttypes', '0002_remove_content_type_name', '2026-11-29 20:58:43.651007+00');
INSERT INTO public.django_migrations VALUES (19, 'auth', '0001_initial', '2026-11-29 20:58:43.741783+00');
INSERT INTO public.django_migrations VALUES (20, 'auth', '0002_alter_permission_name_max_length', '2026-11-29 20:58:43.76096+00');
INSERT INTO public.django_migrations VALUES (21, 'auth', '0003_alter_user_email_max_length', '2026-11-29 20:58:43.7702+00');
INSERT INTO public.django_migrations VALUES (22, 'auth', '0004_alter_user_username_opts', '2026-11-29 20:58:43.800038+00');
INSERT INTO public.django_migrations VALUES (23, 'auth', '0005_alter_user_last_login_null', '2026-11-29 20:58:43.821893+00');
INSERT INTO public.django_migrations VALUES (24, 'auth', '0006_require_contenttypes_0002', '2026-11-29 20:58:43.824501+00');
INSERT INTO public.django_migrations VALUES (25, 'auth', '0007_alter_validators_add_error_messages', '2026-11-29 20:58:43.833209+00');
INSERT INTO public.django_migrations VALUES (26, 'auth', '0008_alter_user_username_max_length', '2026-11-29 20:58:43.853134+00');
INSERT INTO public.django_migrations VALUES (27, 'auth', '0009_alter_user_last_name_max_length', '2026-11-29 20:58:43.869469+00');
INSERT INTO public.django_migrations VALUES (28, 'auth', '0010_alter_group_name_max_length', '2026-11-29 20:58:43.892524+00');
INSERT INTO public.django_migrations VALUES (29, 'auth', '0011_update_proxy_permissions', '2026-11-29 20:58:43.951384+00');
INSERT INTO public.django_migrations VALUES (30, 'auth', '0012_alter_user_first_name_max_length', '2026-11-29 20:58:43.96595+00');
INSERT INTO public.django_migrations VALUES (31, 'connections', '0001_initial', '2026-11-29 20:58:45.126369+00');
INSERT INTO public.django_migrations VALUES (32, 'connections', '0002_facts', '2026-11-29 20:58:45.248914+00');
INSERT INTO public.django_migrations VALUES (33, 'connections', '0003_longer_ids', '2026-11-29 20:58:45.422469+00');
INSERT INTO public.django_migrations VALUES (34, 'connections', '0004_repeated_callbacks', '2026-11-29 20:58:45.531951+00');
INSERT INTO public.django_migrations VALUES (35, 'connections', '0005_stray_references', '2026-11-29 20:58:45.58052+00');
INSERT INTO public.django_migrations VALUES (36, 'connections', '0006_unreturned_sign_ins', '2026-11-29 20:58:45.79726+00');
INSERT INTO public.django_migrations VALUES (37, 'connections', '0007_end_user_sessions', '2026-11-29 20:58:45.977686+00');
INSERT INTO public.django_migrations VALUES (38, 'keyring', '0001_initial', '2026-11-29 20:58:45.992956+00');
INSERT INTO public.django_migrations VALUES (39, 'limits', '0001_initial', '2026-11-29 20:58:46.010529+00');
INSERT INTO public.django_migrations VALUES (40, 'mail', '0001_initial', '2026-11-29 20:58:46.032379+00');
INSERT INTO public.django_migrations VALUES (41, 'mfa', '0001_initial', '2026-11-29 20:58:46.146104+00');
INSERT INTO public.django_migrations VALUES (42, 'mfa', '0002_authenticator_timestamps', '2026-11-29 20:58:46.343768+00');
INSERT INTO public.django_migrations VALUES (43, 'mfa', '0003_authenticator_type_uniq', '2026-11-29 20:58:46.61537+00');
INSERT INTO public.django_migrations VALUES (44, 'procrastinate', '0001_initial', '2026-11-29 20:58:46.690691+00');
INSERT INTO public.django_migrations VALUES (45, 'procrastinate', '0002_drop_started_at_column', '2026-11-29 20:58:46.695857+00');
INSERT INTO public.django_migrations VALUES (46, 'procrastinate', '0003_drop_started_at_column', '2026-11-29 20:58:46.699876+00');
INSERT INTO public.django_migrations VALUES (47, 'procrastinate', '0004_drop_procrastinate_version_table', '2026-11-29 20:58:46.702302+00');
INSERT INTO public.django_migrations VALUES (48, 'procrastinate', '0005_fix_procrastinate_fetch_job', '2026-11-29 20:58:46.707069+00');
INSERT INTO public.django_migrations VALUES (49, 'procrastinate', '0006_fix_trigger_status_events_insert', '2026-11-29 20:58:46.71449+00');
INSERT INTO public.django_migrations VALUES (50, 'procrastinate', '0007_add_queueing_lock_column', '2026-11-29 20:58:46.721151+00');
INSERT INTO public.django_migrations VALUES (51, 'procrastinate', '0008_close_fetch_job_race_condition', '2026-11-29 20:58:46.727822+00');
INSERT INTO public.django_migrations VALUES (52, 'procrastinate', '0009_add_defer_job_function', '2026-11-29 20:58:46.735733+00');
INSERT INTO public.django_migrations VALUES (53, 'procrastinate', '0010_add_procrastinate_periodic_defers', '2026-11-29 20:58:46.753723+00');
INSERT INTO public.django_migrations VALUES (54, 'procrastinate', '0011_add_foreign_key_index', '2026-11-29 20:58:46.760993+00');
INSERT INTO public.django_migrations VALUES (55, 'procrastinate', '0012_add_locks_to_periodic_defer', '2026-11-29 20:58:46.767798+00');
INSERT INTO public.django_migrations VALUES (56, 'procrastinate', '0013_fix_procrastinate_defer_periodic_job', '2026-11-29 20:58:46.77206+00');
INSERT INTO public.django_migrations VALUES (57, 'procrastinate', '0014_add_finish_job_and_retry_job_functions', '2026-11-29 20:58:46.775992+00');
INSERT INTO public.django_migrations VALUES (58, 'procrastinate', '0015_add_trigger_on_job_deletion', '2026-11-29 20:58:46.777461+00');
INSERT INTO public.django_migrations VALUES (59, 'procrastinate', '0016_delete_finished_jobs', '2026-11-29 20:58:46.781033+00');
INSERT INTO public.django_migrations VALUES (60, 'procrastinate', '0017_add_checks_to_finish_job', '2026-11-29 20:58:46.787759+00');
INSERT INTO public.django_migrations VALUES (61, 'procrastinate', '0018_add_checks_to_retry_job', '2026-11-29 20:58:46.789143+00');
INSERT INTO public.django_migrations VALUES (62, 'procrastinate', '0019_fix_finish_job_compat_issue', '2026-11-29 20:58:46.790582+00');
INSERT INTO public.django_migrations VALUES (63, 'procrastinate', '0020_add_index_on_procrastinate_jobs', '2026-11-29 20:58:46.797091+00');
INSERT INTO public.django_migrations VALUES (64, 'procrastinate', '0021_add_kwargs_to_defer_periodic_job', '2026-11-29 20:58:46.801174+00');
INSERT INTO public.django_migrations VALUES (65, 'procrastinate', '0022_null_locks_excluded', '2026-11-29 20:58:46.807626+00');
INSERT INTO public.django_migrations VALUES (66, 'procrastinate', '0023_remove_old_finish_job_function', '2026-11-29 20:58:46.810125+00');
INSERT INTO public.django_migrations VALUES (67, 'procrastinate', '0024_job_id_bigint', '2026-11-29 20:58:46.823092+00');
INSERT INTO public.django_migrations VALUES (68, 'procrastinate', '0025_add_models', '2026-11-29 20:58:46.83385+00');
INSERT INTO public.django_migrations VALUES (69, 'procrastinate', '0026_add_job_priority', '2026-11-29 20:58:46.843099+00');
INSERT INTO public.django_migrations VALUES (70, 'procrastinate', '0027_add_periodic_job_priority', '2026-11-29 20:58:46.849141+00');
INSERT INTO public.django_migrations VALUES (71, 'procrastinate', '0028_add_cancel_states', '2026-11-29 20:58:46.864569+00');
INSERT INTO public.django_migrations VALUES (72, 'procrastinate', '0029_add_additional_params_to_retry_job', '2026-11-29 20:58:46.871723+00');
INSERT INTO public.django_migrations VALUES (73, 'procrastinate', '0030_alter_procrastinateevent_options', '2026-11-29 20:58:46.873889+00');
INSERT INTO public.django_migrations VALUES (74, 'procrastinate', '0031_add_indexes_for_fetch_job', '2026-11-29 20:58:46.885231+00');
INSERT INTO public.django_migrations VALUES (75, 'procrastinate', '0032_pre_cancel_notification', '2026-11-29 20:58:46.89711+00');
INSERT INTO public.django_migrations VALUES (76, 'procrastinate', '0033_post_cancel_notification', '2026-11-29 20:58:46.934732+00');
INSERT INTO public.django_migrations VALUES (77, 'procrastinate', '0034_pre_add_heartbeat', '2026-11-29 20:58:46.955336+00');
INSERT INTO public.django_migrations VALUES (78, 'procrastinate', '0035_post_add_heartbeat', '2026-11-29 20:58:46.959628+00');
INSERT INTO public.django_migrations VALUES (79, 'procrastinate', '0036_add_worker_model', '2026-11-29 20:58:46.974151+00');
INSERT INTO public.django_migrations VALUES (80, 'procrastinate', '0037_pre_batch_defer_jobs', '2026-11-29 20:58:46.981648+00');
INSERT INTO public.django_migrations VALUES (81, 'procrastinate', '0038_post_batch_defer_jobs', '2026-11-29 20:58:46.985612+00');
INSERT INTO public.django_migrations VALUES (82, 'procrastinate', '0039_pre_priority_lock_fetch_job', '2026-11-29 20:58:46.992269+00');
INSERT INTO public.django_migrations VALUES (83, 'procrastinate', '0040_pre_retry_failed_job', '2026-11-29 20:58:46.99864+00');
INSERT INTO public.django_migrations VALUES (84, 'procrastinate', '0041_post_retry_failed_job', '2026-11-29 20:58:47.002837+00');
INSERT INTO public.django_migrations VALUES (85, 'sessions', '0001_initial', '2026-11-29 20:58:47.043659+00');
INSERT INTO public.django_migrations VALUES (86, 'socialaccount', '0001_initial', '2026-11-29 20:58:47.60958+00');
INSERT INTO public.django_migrations VALUES (87, 'socialaccount', '0002_token_max_lengths', '2026-11-29 20:58:47.825061+00');
INSERT INTO public.django_migrations VALUES (88, 'socialaccount', '0003_extra_data_default_dict', '2026-11-29 20:58:47.939252+00');
INSERT INTO public.django_migrations VALUES (89, 'socialaccount', '0004_app_provider_id_settings', '2026-11-29 20:58:48.108453+00');
INSERT INTO public.django_migrations VALUES (90, 'socialaccount', '0005_socialtoken_nullable_app', '2026-11-29 20:58:48.253657+00');
INSERT INTO public.django_migrations VALUES (91, 'socialaccount', '0006_alter_socialaccount_extra_data', '2026-11-29 20:58:48.358568+00');


--
-- Data for Name: django_session; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.django_session VALUES ('883939f17db3c53d79875fa623c388f8ee202a68', '.eJydkUFv4yAQhf8KmrNtYRKwyana_oAeeughjqwBxjXd2FiGJK2q_vcl7l56WmlviHnv483jE9DacJlTj5c00py8xeTD3E-UxuAiHI6f8H2GAywY4y2sDgrABIe60VK3Uu91JbTgjSqAJvTnrEQ3-fmB3nFazlTZMMHXqfjHW_0l0pq9DndWDEaVZnBU7p1uSyPtrty3cmgHaaRElRNslM3Te_dfNoP2N83bYmt4I5titVC4B_4ZsHpaaMUU1l9_DT8oI8YxIwwJWbftjtvGSBx4XStlrR0aVyvHUeUUe2GbhnNpuEKtOBkkybPBaaH1HRopxnsh9L749SMXLHjW8TyZ8gRfKf8HHI8d9P1b3IrbbjsoGC-YkAXr4Bmv5CrWdRfBa_vsX2fmZ3bzaWQv9Dhi-p445iM7-yuxMLO8LItZWWblkoHVndhBB6cTfP0BGceyeQ:1xXlzJ:8tyI8Be0vGkc41yKhfwRdVM716O12g6aThpOZoA5Unc', '2026-12-13 20:59:09.986952+00');
INSERT INTO public.django_session VALUES ('0571925efef6889811b211886f0111bf3b7d846a', '.eJydkEFuhDAMRe-SNaAQSEhYVb1AD1BVyHGMoB0ISoI61Wju3kC7mVWl7rzw-37-NwaIfl_TAHuaaE0zQpr9OiyUJu8i619v7GdmPdsgxk8fHCsYJNbXnZFGSyNFVTdccyUKRgvMl7wKbpnXJ7rCsl2oQr-w-1vxx7FhjxQy66BBMVpV2tFR2TqjSyuxKVstRz1KKyWorHCmnMwwu39hFvCD1vOz4N8JU6w28ofwo2D1slGA5MPzL_CQMkGccoQlIWutG46dlTDyulYKEcfO1cpxUNmiFdh1nEvLFRjFyQJJngFnhDFHaKQYj0Lous3hKzcseN7j92_RZYrf:1xXlzM:pDvX6UOaaoSaAfmFWBhw18Rb-LrE5RY4loFqkEdtXvM', '2026-12-13 20:59:12.72938+00');


--
-- Data for Name: keyring_keycanary; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.keyring_keycanary VALUES (1, '\x0170dd84b8bf5d5d94ebd7b81786bfabcd6263f936cc3cf9cc87b044e85c537d75232e9e1ed8d0ea6e9937a15f3ac0c30f8386', 1893565624);


--
-- Data for Name: limits_ratelimitbucket; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.limits_ratelimitbucket VALUES ('a2c409fc-a515-cada-5e6f-e52673235c7e', '2026-11-29 20:59:18.880265+00');
INSERT INTO public.limits_ratelimitbucket VALUES ('47c7c509-19b1-c3fe-600c-92cef98fa65f', '2026-11-29 20:59:19.576245+00');
INSERT INTO public.limits_ratelimitbucket VALUES ('0db63755-1e4c-9df4-ec2a-7c0d2fbc96b9', '2026-11-29 20:59:19.145193+00');
INSERT INTO public.limits_ratelimitbucket VALUES ('4d7bf8a3-6eec-1538-29ac-b4b4557f5d87', '2026-11-29 20:59:18.342266+00');


--
-- Data for Name: mail_queuedmail; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: mfa_authenticator; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: procrastinate_events; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: procrastinate_jobs; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: procrastinate_periodic_defers; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: procrastinate_workers; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: projects_deletion; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: projects_event; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.projects_event VALUES (1, '2026-11-29 20:58:59.105738+00', 'admin@example.com', 'project:created', '', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1', 'Acme', '{}', 'da3c2fb6-bfde-4d98-b5c3-485f8f5b55a6', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1');
INSERT INTO public.projects_event VALUES (2, '2026-11-29 20:59:09.977767+00', 'admin@example.com', 'connection:added', 'wechat_web', '2c6ed27e-63cf-4318-903c-119a4d015ddb', 'wechat_web', '{"alias": [null, "wechat_web"], "enabled": [null, true], "provider": [null, "wechat_web"], "client_id": [null, "wx6ab7ff1a4f68ba04"], "account_id": [null, "gh_5c1e7d92a0b4"], "test_account": [null, false], "secret.client_secret": [null, "a3c250071457"]}', 'da3c2fb6-bfde-4d98-b5c3-485f8f5b55a6', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1');
INSERT INTO public.projects_event VALUES (3, '2026-11-29 20:59:12.656583+00', 'admin@example.com', 'connection:added', 'github', '55df9e32-b69d-4790-bb30-24d3afa5cc03', 'github', '{"alias": [null, "github"], "enabled": [null, true], "provider": [null, "github"], "client_id": [null, "Iv1.0123456789abcdef"], "secret.client_secret": [null, "8a59da238936"]}', 'da3c2fb6-bfde-4d98-b5c3-485f8f5b55a6', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1');
INSERT INTO public.projects_event VALUES (4, '2026-11-29 20:59:12.823935+00', 'admin@example.com', 'member:invited', '', '1', 'ed@example.com', '{"role": [null, "editor"]}', 'da3c2fb6-bfde-4d98-b5c3-485f8f5b55a6', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1');
INSERT INTO public.projects_event VALUES (5, '2026-11-29 20:59:16.556159+00', 'manage.py', 'application:added', '', 'fe34d7c4-f33f-4c36-8422-9f7b9a0423f7', 'Shop', '{"kind": [null, "website"], "name": [null, "Shop"], "signing_alg": [null, "RS256"], "redirect_uris": [null, ["https://shop.example/callback"]], "refresh_tokens": [null, "requested"], "id_token_seconds": [null, 3600], "refresh_max_days": [null, 180], "refresh_idle_days": [null, 30], "access_token_seconds": [null, 3600]}', NULL, '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1');


--
-- Data for Name: projects_eventorigin; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.projects_eventorigin VALUES (2, '2026-11-29 20:59:09.977767+00', '722201c761430340', '127.0.0.1', 'python-requests/2.34.2', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1');
INSERT INTO public.projects_eventorigin VALUES (3, '2026-11-29 20:59:12.656583+00', 'f50fbf1d4bfa8c08', '127.0.0.1', 'python-requests/2.34.2', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1');
INSERT INTO public.projects_eventorigin VALUES (4, '2026-11-29 20:59:12.823935+00', 'c31017aa97286f8b', '127.0.0.1', 'python-requests/2.34.2', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1');


--
-- Data for Name: projects_invitation; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.projects_invitation VALUES (1, 'ed@example.com', 'editor', 'eb5d801da779de07082aa280edc4cd5c646fe11b2f6c2aeb5a95d3e0f1a53871', '2026-11-29 20:59:12.818786+00', '2026-12-02 20:59:12.818451+00', NULL, NULL, 'da3c2fb6-bfde-4d98-b5c3-485f8f5b55a6', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1');


--
-- Data for Name: projects_membership; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.projects_membership VALUES (1, 'owner', '2026-11-29 20:58:59.103161+00', 'da3c2fb6-bfde-4d98-b5c3-485f8f5b55a6', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1');


--
-- Data for Name: projects_project; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.projects_project VALUES ('36b61a50-56be-4d6d-9740-9a5fc1c1c8d1', 'acme', 'Acme', 3, false, '2026-11-29 20:58:59.102266+00', 'http://acme.localhost:40317');


--
-- Data for Name: projects_user; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.projects_user VALUES ('pbkdf2_sha256$1000000$N5JVjXB3L5PbkP4pkzJUS6$mzuvxLeNIhnnyQIKK5LLsXlcmUUtMvT6I1LfI8LK7H8=', '2026-11-29 20:59:12.149713+00', 'da3c2fb6-bfde-4d98-b5c3-485f8f5b55a6', 'admin@example.com', '', true, '', false, '', '2026-11-29 20:58:59.045907+00', NULL);
INSERT INTO public.projects_user VALUES ('!hzhrxXNJQBfy6swi0VJbejNNeTiCLj3uNDnxh4Ll', '2026-11-29 20:59:18.204921+00', '6a6c8ebd-e7f8-4432-b679-5ef411a3931a', '', '李雷😀', true, '', false, '', '2026-11-29 20:59:18.205497+00', '36b61a50-56be-4d6d-9740-9a5fc1c1c8d1');


--
-- Data for Name: socialaccount_socialaccount; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: socialaccount_socialapp; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: socialaccount_socialtoken; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Name: account_emailaddress_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.account_emailaddress_id_seq', 1, false);


--
-- Name: account_emailconfirmation_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.account_emailconfirmation_id_seq', 1, false);


--
-- Name: applications_applicationsecret_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.applications_applicationsecret_id_seq', 1, true);


--
-- Name: applications_consent_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.applications_consent_id_seq', 1, false);


--
-- Name: applications_developererror_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.applications_developererror_id_seq', 1, false);


--
-- Name: applications_grant_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.applications_grant_id_seq', 1, true);


--
-- Name: applications_logoutdelivery_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.applications_logoutdelivery_id_seq', 1, false);


--
-- Name: applications_signingkey_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.applications_signingkey_id_seq', 2, true);


--
-- Name: auth_group_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.auth_group_id_seq', 1, false);


--
-- Name: auth_group_permissions_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 1, false);


--
-- Name: auth_permission_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.auth_permission_id_seq', 168, true);


--
-- Name: connections_identity_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.connections_identity_id_seq', 1, true);


--
-- Name: connections_identitykey_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.connections_identitykey_id_seq', 1, true);


--
-- Name: connections_signin_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.connections_signin_id_seq', 1, true);


--
-- Name: connections_storedsecret_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.connections_storedsecret_id_seq', 2, true);


--
-- Name: connections_unreturnedsignins_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.connections_unreturnedsignins_id_seq', 1, false);


--
-- Name: django_content_type_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.django_content_type_id_seq', 42, true);


--
-- Name: django_migrations_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.django_migrations_id_seq', 91, true);


--
-- Name: mfa_authenticator_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.mfa_authenticator_id_seq', 1, false);


--
-- Name: procrastinate_events_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.procrastinate_events_id_seq', 1, false);


--
-- Name: procrastinate_jobs_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.procrastinate_jobs_id_seq', 1, false);


--
-- Name: procrastinate_periodic_defers_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.procrastinate_periodic_defers_id_seq', 1, false);


--
-- Name: procrastinate_workers_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.procrastinate_workers_id_seq', 1, false);


--
-- Name: projects_deletion_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.projects_deletion_id_seq', 1, false);


--
-- Name: projects_event_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.projects_event_id_seq', 5, true);


--
-- Name: projects_invitation_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.projects_invitation_id_seq', 1, true);


--
-- Name: projects_membership_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.projects_membership_id_seq', 1, true);


--
-- Name: socialaccount_socialaccount_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.socialaccount_socialaccount_id_seq', 1, false);


--
-- Name: socialaccount_socialapp_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.socialaccount_socialapp_id_seq', 1, false);


--
-- Name: socialaccount_socialtoken_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.socialaccount_socialtoken_id_seq', 1, false);


--
-- Name: account_emailaddress account_emailaddress_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_pkey PRIMARY KEY (id);


--
-- Name: account_emailaddress account_emailaddress_user_id_email_987c8728_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_email_987c8728_uniq UNIQUE (user_id, email);


--
-- Name: account_emailconfirmation account_emailconfirmation_key_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_key_key UNIQUE (key);


--
-- Name: account_emailconfirmation account_emailconfirmation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_pkey PRIMARY KEY (id);


--
-- Name: connections_connection alias_unique_in_project; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_connection
    ADD CONSTRAINT alias_unique_in_project UNIQUE (project_id, alias);


--
-- Name: applications_application applications_application_client_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_application
    ADD CONSTRAINT applications_application_client_id_key UNIQUE (client_id);


--
-- Name: applications_application applications_application_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_application
    ADD CONSTRAINT applications_application_pkey PRIMARY KEY (id);


--
-- Name: applications_applicationsecret applications_applicationsecret_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_applicationsecret
    ADD CONSTRAINT applications_applicationsecret_hash_key UNIQUE (hash);


--
-- Name: applications_applicationsecret applications_applicationsecret_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_applicationsecret
    ADD CONSTRAINT applications_applicationsecret_pkey PRIMARY KEY (id);


--
-- Name: applications_authorizationrequest applications_authorizationrequest_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_authorizationrequest
    ADD CONSTRAINT applications_authorizationrequest_pkey PRIMARY KEY (id_hash);


--
-- Name: applications_consent applications_consent_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_consent
    ADD CONSTRAINT applications_consent_pkey PRIMARY KEY (id);


--
-- Name: applications_developererror applications_developererror_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_developererror
    ADD CONSTRAINT applications_developererror_pkey PRIMARY KEY (id);


--
-- Name: applications_grant applications_grant_code_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_grant
    ADD CONSTRAINT applications_grant_code_hash_key UNIQUE (code_hash);


--
-- Name: applications_grant applications_grant_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_grant
    ADD CONSTRAINT applications_grant_pkey PRIMARY KEY (id);


--
-- Name: applications_logoutdelivery applications_logoutdelivery_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_logoutdelivery
    ADD CONSTRAINT applications_logoutdelivery_pkey PRIMARY KEY (id);


--
-- Name: applications_logoutrequest applications_logoutrequest_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_logoutrequest
    ADD CONSTRAINT applications_logoutrequest_pkey PRIMARY KEY (id_hash);


--
-- Name: applications_signingkey applications_signingkey_kid_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_signingkey
    ADD CONSTRAINT applications_signingkey_kid_key UNIQUE (kid);


--
-- Name: applications_signingkey applications_signingkey_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_signingkey
    ADD CONSTRAINT applications_signingkey_pkey PRIMARY KEY (id);


--
-- Name: applications_token applications_token_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_token
    ADD CONSTRAINT applications_token_pkey PRIMARY KEY (hash);


--
-- Name: auth_group auth_group_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);


--
-- Name: auth_group_permissions auth_group_permissions_group_id_permission_id_0cd325b0_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);


--
-- Name: auth_group_permissions auth_group_permissions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);


--
-- Name: auth_group auth_group_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);


--
-- Name: auth_permission auth_permission_content_type_id_codename_01ab375a_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);


--
-- Name: auth_permission auth_permission_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);


--
-- Name: connections_connection connections_connection_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_connection
    ADD CONSTRAINT connections_connection_pkey PRIMARY KEY (id);


--
-- Name: connections_endusersession connections_endusersession_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_endusersession
    ADD CONSTRAINT connections_endusersession_pkey PRIMARY KEY (sid);


--
-- Name: connections_identity connections_identity_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_identity
    ADD CONSTRAINT connections_identity_pkey PRIMARY KEY (id);


--
-- Name: connections_identitykey connections_identitykey_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_identitykey
    ADD CONSTRAINT connections_identitykey_pkey PRIMARY KEY (id);


--
-- Name: connections_pendingsignin connections_pendingsignin_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_pendingsignin
    ADD CONSTRAINT connections_pendingsignin_pkey PRIMARY KEY (state_hash);


--
-- Name: connections_signin connections_signin_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_signin
    ADD CONSTRAINT connections_signin_pkey PRIMARY KEY (id);


--
-- Name: connections_signin connections_signin_reference_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_signin
    ADD CONSTRAINT connections_signin_reference_key UNIQUE (reference);


--
-- Name: connections_storedsecret connections_storedsecret_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_storedsecret
    ADD CONSTRAINT connections_storedsecret_pkey PRIMARY KEY (id);


--
-- Name: connections_unreturnedsignins connections_unreturnedsignins_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_unreturnedsignins
    ADD CONSTRAINT connections_unreturnedsignins_pkey PRIMARY KEY (id);


--
-- Name: django_cache django_cache_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_cache
    ADD CONSTRAINT django_cache_pkey PRIMARY KEY (cache_key);


--
-- Name: django_content_type django_content_type_app_label_model_76bd3d3b_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);


--
-- Name: django_content_type django_content_type_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);


--
-- Name: django_migrations django_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);


--
-- Name: django_session django_session_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);


--
-- Name: connections_identitykey identity_key_unique_in_project; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_identitykey
    ADD CONSTRAINT identity_key_unique_in_project UNIQUE (project_id, namespace, value);


--
-- Name: connections_identity identity_unique_in_project; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_identity
    ADD CONSTRAINT identity_unique_in_project UNIQUE (project_id, namespace, subject);


--
-- Name: keyring_keycanary keyring_keycanary_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.keyring_keycanary
    ADD CONSTRAINT keyring_keycanary_pkey PRIMARY KEY (id);


--
-- Name: limits_ratelimitbucket limits_ratelimitbucket_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.limits_ratelimitbucket
    ADD CONSTRAINT limits_ratelimitbucket_pkey PRIMARY KEY (key);


--
-- Name: mail_queuedmail mail_queuedmail_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mail_queuedmail
    ADD CONSTRAINT mail_queuedmail_pkey PRIMARY KEY (id);


--
-- Name: mfa_authenticator mfa_authenticator_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mfa_authenticator
    ADD CONSTRAINT mfa_authenticator_pkey PRIMARY KEY (id);


--
-- Name: applications_consent one_consent_per_person; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_consent
    ADD CONSTRAINT one_consent_per_person UNIQUE (application_id, user_id);


--
-- Name: projects_membership one_membership_per_project; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_membership
    ADD CONSTRAINT one_membership_per_project UNIQUE (project_id, user_id);


--
-- Name: applications_developererror one_row_per_cause; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_developererror
    ADD CONSTRAINT one_row_per_cause UNIQUE (application_id, cause);


--
-- Name: connections_storedsecret one_secret_per_field; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_storedsecret
    ADD CONSTRAINT one_secret_per_field UNIQUE (connection_id, field);


--
-- Name: applications_signingkey one_signing_key_at_a_time; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_signingkey
    ADD CONSTRAINT one_signing_key_at_a_time UNIQUE (project_id, alg, active_at);


--
-- Name: procrastinate_events procrastinate_events_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_pkey PRIMARY KEY (id);


--
-- Name: procrastinate_jobs procrastinate_jobs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_pkey PRIMARY KEY (id);


--
-- Name: procrastinate_periodic_defers procrastinate_periodic_defers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_pkey PRIMARY KEY (id);


--
-- Name: procrastinate_periodic_defers procrastinate_periodic_defers_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp);


--
-- Name: procrastinate_workers procrastinate_workers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_workers
    ADD CONSTRAINT procrastinate_workers_pkey PRIMARY KEY (id);


--
-- Name: projects_project project_slug_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_project
    ADD CONSTRAINT project_slug_unique UNIQUE (slug);


--
-- Name: projects_deletion projects_deletion_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_deletion
    ADD CONSTRAINT projects_deletion_pkey PRIMARY KEY (id);


--
-- Name: projects_event projects_event_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_event
    ADD CONSTRAINT projects_event_pkey PRIMARY KEY (id);


--
-- Name: projects_eventorigin projects_eventorigin_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_eventorigin
    ADD CONSTRAINT projects_eventorigin_pkey PRIMARY KEY (event_id);


--
-- Name: projects_invitation projects_invitation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_invitation
    ADD CONSTRAINT projects_invitation_pkey PRIMARY KEY (id);


--
-- Name: projects_invitation projects_invitation_token_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_invitation
    ADD CONSTRAINT projects_invitation_token_hash_key UNIQUE (token_hash);


--
-- Name: projects_membership projects_membership_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_membership
    ADD CONSTRAINT projects_membership_pkey PRIMARY KEY (id);


--
-- Name: projects_project projects_project_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_project
    ADD CONSTRAINT projects_project_pkey PRIMARY KEY (id);


--
-- Name: projects_user projects_user_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_user
    ADD CONSTRAINT projects_user_pkey PRIMARY KEY (id);


--
-- Name: connections_endusersession session_key_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_endusersession
    ADD CONSTRAINT session_key_unique UNIQUE (key_hash);


--
-- Name: socialaccount_socialaccount socialaccount_socialaccount_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.socialaccount_socialaccount
    ADD CONSTRAINT socialaccount_socialaccount_pkey PRIMARY KEY (id);


--
-- Name: socialaccount_socialaccount socialaccount_socialaccount_provider_uid_fc810c6e_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.socialaccount_socialaccount
    ADD CONSTRAINT socialaccount_socialaccount_provider_uid_fc810c6e_uniq UNIQUE (provider, uid);


--
-- Name: socialaccount_socialapp socialaccount_socialapp_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.socialaccount_socialapp
    ADD CONSTRAINT socialaccount_socialapp_pkey PRIMARY KEY (id);


--
-- Name: socialaccount_socialtoken socialaccount_socialtoken_app_id_account_id_fca4e0ac_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.socialaccount_socialtoken
    ADD CONSTRAINT socialaccount_socialtoken_app_id_account_id_fca4e0ac_uniq UNIQUE (app_id, account_id);


--
-- Name: socialaccount_socialtoken socialaccount_socialtoken_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.socialaccount_socialtoken
    ADD CONSTRAINT socialaccount_socialtoken_pkey PRIMARY KEY (id);


--
-- Name: connections_unreturnedsignins unreturned_in_hour; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_unreturnedsignins
    ADD CONSTRAINT unreturned_in_hour UNIQUE (connection_id, hour);


--
-- Name: account_emailaddress_email_03be32b2; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX account_emailaddress_email_03be32b2 ON public.account_emailaddress USING btree (email);


--
-- Name: account_emailaddress_email_03be32b2_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX account_emailaddress_email_03be32b2_like ON public.account_emailaddress USING btree (email varchar_pattern_ops);


--
-- Name: account_emailaddress_user_id_2c513194; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX account_emailaddress_user_id_2c513194 ON public.account_emailaddress USING btree (user_id);


--
-- Name: account_emailconfirmation_email_address_id_5b7f8c58; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX account_emailconfirmation_email_address_id_5b7f8c58 ON public.account_emailconfirmation USING btree (email_address_id);


--
-- Name: account_emailconfirmation_key_f43612bd_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX account_emailconfirmation_key_f43612bd_like ON public.account_emailconfirmation USING btree (key varchar_pattern_ops);


--
-- Name: applications_application_client_id_6101e087_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_application_client_id_6101e087_like ON public.applications_application USING btree (client_id varchar_pattern_ops);


--
-- Name: applications_application_project_id_7ea8ba77; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_application_project_id_7ea8ba77 ON public.applications_application USING btree (project_id);


--
-- Name: applications_application_updated_by_id_2859eb0e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_application_updated_by_id_2859eb0e ON public.applications_application USING btree (updated_by_id);


--
-- Name: applications_applicationsecret_application_id_0fc82fd7; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_applicationsecret_application_id_0fc82fd7 ON public.applications_applicationsecret USING btree (application_id);


--
-- Name: applications_applicationsecret_created_by_id_f01f8acd; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_applicationsecret_created_by_id_f01f8acd ON public.applications_applicationsecret USING btree (created_by_id);


--
-- Name: applications_applicationsecret_hash_94c78c72_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_applicationsecret_hash_94c78c72_like ON public.applications_applicationsecret USING btree (hash varchar_pattern_ops);


--
-- Name: applications_authorizationrequest_application_id_028cafd7; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_authorizationrequest_application_id_028cafd7 ON public.applications_authorizationrequest USING btree (application_id);


--
-- Name: applications_authorizationrequest_expires_at_887e19b1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_authorizationrequest_expires_at_887e19b1 ON public.applications_authorizationrequest USING btree (expires_at);


--
-- Name: applications_authorizationrequest_id_hash_6eaa50df_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_authorizationrequest_id_hash_6eaa50df_like ON public.applications_authorizationrequest USING btree (id_hash varchar_pattern_ops);


--
-- Name: applications_consent_user_id_119db5de; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_consent_user_id_119db5de ON public.applications_consent USING btree (user_id);


--
-- Name: applications_developererror_last_at_f286c229; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_developererror_last_at_f286c229 ON public.applications_developererror USING btree (last_at);


--
-- Name: applications_grant_code_hash_3388287c_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_grant_code_hash_3388287c_like ON public.applications_grant USING btree (code_hash varchar_pattern_ops);


--
-- Name: applications_grant_expires_at_f51fc483; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_grant_expires_at_f51fc483 ON public.applications_grant USING btree (expires_at);


--
-- Name: applications_grant_sid_dc6a7db7; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_grant_sid_dc6a7db7 ON public.applications_grant USING btree (sid);


--
-- Name: applications_grant_user_id_3a1a93b1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_grant_user_id_3a1a93b1 ON public.applications_grant USING btree (user_id);


--
-- Name: applications_logoutdelivery_created_at_c6740eb9; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_logoutdelivery_created_at_c6740eb9 ON public.applications_logoutdelivery USING btree (created_at);


--
-- Name: applications_logoutrequest_application_id_fec96c7d; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_logoutrequest_application_id_fec96c7d ON public.applications_logoutrequest USING btree (application_id);


--
-- Name: applications_logoutrequest_created_at_0e462ddb; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_logoutrequest_created_at_0e462ddb ON public.applications_logoutrequest USING btree (created_at);


--
-- Name: applications_logoutrequest_id_hash_e06c8747_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_logoutrequest_id_hash_e06c8747_like ON public.applications_logoutrequest USING btree (id_hash varchar_pattern_ops);


--
-- Name: applications_logoutrequest_project_id_8e25443c; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_logoutrequest_project_id_8e25443c ON public.applications_logoutrequest USING btree (project_id);


--
-- Name: applications_signingkey_kid_e250944d_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_signingkey_kid_e250944d_like ON public.applications_signingkey USING btree (kid varchar_pattern_ops);


--
-- Name: applications_token_expires_at_83083a68; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_token_expires_at_83083a68 ON public.applications_token USING btree (expires_at);


--
-- Name: applications_token_grant_id_bf74a0a9; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_token_grant_id_bf74a0a9 ON public.applications_token USING btree (grant_id);


--
-- Name: applications_token_hash_e6cdfa17_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX applications_token_hash_e6cdfa17_like ON public.applications_token USING btree (hash varchar_pattern_ops);


--
-- Name: auth_group_name_a6ea08ec_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);


--
-- Name: auth_group_permissions_group_id_b120cbf9; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);


--
-- Name: auth_group_permissions_permission_id_84c5c92e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);


--
-- Name: auth_permission_content_type_id_2f476e4b; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);


--
-- Name: connections_connection_project_id_e2b43365; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_connection_project_id_e2b43365 ON public.connections_connection USING btree (project_id);


--
-- Name: connections_connection_updated_by_id_64d385de; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_connection_updated_by_id_64d385de ON public.connections_connection USING btree (updated_by_id);


--
-- Name: connections_endusersession_connection_id_5cb15aeb; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_endusersession_connection_id_5cb15aeb ON public.connections_endusersession USING btree (connection_id);


--
-- Name: connections_endusersession_expires_at_441b33d8; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_endusersession_expires_at_441b33d8 ON public.connections_endusersession USING btree (expires_at);


--
-- Name: connections_endusersession_project_id_abc2deb0; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_endusersession_project_id_abc2deb0 ON public.connections_endusersession USING btree (project_id);


--
-- Name: connections_endusersession_user_id_fcef44e1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_endusersession_user_id_fcef44e1 ON public.connections_endusersession USING btree (user_id);


--
-- Name: connections_identity_connection_id_b38b24a5; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_identity_connection_id_b38b24a5 ON public.connections_identity USING btree (connection_id);


--
-- Name: connections_identity_project_id_91d5dc95; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_identity_project_id_91d5dc95 ON public.connections_identity USING btree (project_id);


--
-- Name: connections_identity_user_id_71cb2683; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_identity_user_id_71cb2683 ON public.connections_identity USING btree (user_id);


--
-- Name: connections_identitykey_identity_id_0220550e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_identitykey_identity_id_0220550e ON public.connections_identitykey USING btree (identity_id);


--
-- Name: connections_identitykey_project_id_139fe6ca; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_identitykey_project_id_139fe6ca ON public.connections_identitykey USING btree (project_id);


--
-- Name: connections_pendingsignin_connection_id_8ba3ef6a; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_pendingsignin_connection_id_8ba3ef6a ON public.connections_pendingsignin USING btree (connection_id);


--
-- Name: connections_pendingsignin_expires_at_0c2d81b8; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_pendingsignin_expires_at_0c2d81b8 ON public.connections_pendingsignin USING btree (expires_at);


--
-- Name: connections_pendingsignin_state_hash_51399a6c_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_pendingsignin_state_hash_51399a6c_like ON public.connections_pendingsignin USING btree (state_hash varchar_pattern_ops);


--
-- Name: connections_signin_reference_11a9efcf_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_signin_reference_11a9efcf_like ON public.connections_signin USING btree (reference varchar_pattern_ops);


--
-- Name: connections_storedsecret_connection_id_1c9f8636; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_storedsecret_connection_id_1c9f8636 ON public.connections_storedsecret USING btree (connection_id);


--
-- Name: connections_storedsecret_set_by_id_9dc26cd9; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_storedsecret_set_by_id_9dc26cd9 ON public.connections_storedsecret USING btree (set_by_id);


--
-- Name: connections_unreturnedsignins_hour_c390e47b; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX connections_unreturnedsignins_hour_c390e47b ON public.connections_unreturnedsignins USING btree (hour);


--
-- Name: delivery_of_application; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX delivery_of_application ON public.applications_logoutdelivery USING btree (application_id, id DESC);


--
-- Name: django_cache_expires; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX django_cache_expires ON public.django_cache USING btree (expires);


--
-- Name: django_session_expire_date_a5c62663; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);


--
-- Name: django_session_session_key_c0390e0f_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);


--
-- Name: event_by_action; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX event_by_action ON public.projects_event USING btree (project_id, action, at, id);


--
-- Name: event_by_actor_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX event_by_actor_name ON public.projects_event USING btree (project_id, upper((actor_name)::text) text_pattern_ops);


--
-- Name: event_by_target; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX event_by_target ON public.projects_event USING btree (project_id, target_name, at, id);


--
-- Name: event_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX event_by_time ON public.projects_event USING btree (project_id, at, id);


--
-- Name: event_origin_by_age; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX event_origin_by_age ON public.projects_eventorigin USING btree (at);


--
-- Name: grant_of_application; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX grant_of_application ON public.applications_grant USING btree (application_id, id DESC);


--
-- Name: idx_procrastinate_jobs_worker_not_null; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_procrastinate_jobs_worker_not_null ON public.procrastinate_jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'doing'::public.procrastinate_job_status));


--
-- Name: idx_procrastinate_workers_last_heartbeat; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idx_procrastinate_workers_last_heartbeat ON public.procrastinate_workers USING btree (last_heartbeat);


--
-- Name: mfa_authenticator_user_id_0c3a50c0; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX mfa_authenticator_user_id_0c3a50c0 ON public.mfa_authenticator USING btree (user_id);


--
-- Name: one_invitation_waits_per_address; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX one_invitation_waits_per_address ON public.projects_invitation USING btree (project_id, address) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));


--
-- Name: operator_email_unique; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX operator_email_unique ON public.projects_user USING btree (lower((email)::text)) WHERE (NOT ((email)::text = ''::text));


--
-- Name: person_by_name; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX person_by_name ON public.projects_user USING btree (project_id, upper((name)::text) text_pattern_ops);


--
-- Name: procrastinate_events_job_id_fkey_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_events_job_id_fkey_v1 ON public.procrastinate_events USING btree (job_id);


--
-- Name: procrastinate_jobs_id_lock_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON public.procrastinate_jobs USING btree (id, lock) WHERE (status = ANY (ARRAY['todo'::public.procrastinate_job_status, 'doing'::public.procrastinate_job_status]));


--
-- Name: procrastinate_jobs_lock_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON public.procrastinate_jobs USING btree (lock) WHERE (status = 'doing'::public.procrastinate_job_status);


--
-- Name: procrastinate_jobs_priority_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_jobs_priority_idx_v1 ON public.procrastinate_jobs USING btree (priority DESC, id) WHERE (status = 'todo'::public.procrastinate_job_status);


--
-- Name: procrastinate_jobs_queue_name_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON public.procrastinate_jobs USING btree (queue_name);


--
-- Name: procrastinate_jobs_queueing_lock_idx_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON public.procrastinate_jobs USING btree (queueing_lock) WHERE (status = 'todo'::public.procrastinate_job_status);


--
-- Name: procrastinate_periodic_defers_job_id_fkey_v1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON public.procrastinate_periodic_defers USING btree (job_id);


--
-- Name: projects_deletion_actor_id_11af91a9; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX projects_deletion_actor_id_11af91a9 ON public.projects_deletion USING btree (actor_id);


--
-- Name: projects_event_actor_id_0c783d55; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX projects_event_actor_id_0c783d55 ON public.projects_event USING btree (actor_id);


--
-- Name: projects_eventorigin_project_id_c5d2bc8b; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX projects_eventorigin_project_id_c5d2bc8b ON public.projects_eventorigin USING btree (project_id);


--
-- Name: projects_invitation_invited_by_id_0764808d; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX projects_invitation_invited_by_id_0764808d ON public.projects_invitation USING btree (invited_by_id);


--
-- Name: projects_invitation_project_id_344791e0; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX projects_invitation_project_id_344791e0 ON public.projects_invitation USING btree (project_id);


--
-- Name: projects_invitation_token_hash_719926dc_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX projects_invitation_token_hash_719926dc_like ON public.projects_invitation USING btree (token_hash varchar_pattern_ops);


--
-- Name: projects_membership_project_id_5f65bf3f; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX projects_membership_project_id_5f65bf3f ON public.projects_membership USING btree (project_id);


--
-- Name: projects_membership_user_id_13374535; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX projects_membership_user_id_13374535 ON public.projects_membership USING btree (user_id);


--
-- Name: projects_user_project_id_c0455e8f; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX projects_user_project_id_c0455e8f ON public.projects_user USING btree (project_id);


--
-- Name: rate_limit_by_age; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX rate_limit_by_age ON public.limits_ratelimitbucket USING btree (full_at);


--
-- Name: sign_in_by_age; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sign_in_by_age ON public.connections_signin USING btree (ended_at);


--
-- Name: sign_in_by_alias; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sign_in_by_alias ON public.connections_signin USING btree (project_id, alias, ended_at, id);


--
-- Name: sign_in_by_outcome; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sign_in_by_outcome ON public.connections_signin USING btree (project_id, outcome, ended_at, id);


--
-- Name: sign_in_by_person; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sign_in_by_person ON public.connections_signin USING btree (user_id, ended_at, id);


--
-- Name: sign_in_by_time; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sign_in_by_time ON public.connections_signin USING btree (project_id, ended_at, id);


--
-- Name: sign_in_of_connection; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sign_in_of_connection ON public.connections_signin USING btree (connection_id, id DESC);


--
-- Name: socialaccount_socialaccount_user_id_8146e70c; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX socialaccount_socialaccount_user_id_8146e70c ON public.socialaccount_socialaccount USING btree (user_id);


--
-- Name: socialaccount_socialtoken_account_id_951f210e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX socialaccount_socialtoken_account_id_951f210e ON public.socialaccount_socialtoken USING btree (account_id);


--
-- Name: socialaccount_socialtoken_app_id_636a42d7; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX socialaccount_socialtoken_app_id_636a42d7 ON public.socialaccount_socialtoken USING btree (app_id);


--
-- Name: unique_authenticator_type; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX unique_authenticator_type ON public.mfa_authenticator USING btree (user_id, type) WHERE ((type)::text = ANY ((ARRAY['totp'::character varying, 'recovery_codes'::character varying])::text[]));


--
-- Name: unique_primary_email; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX unique_primary_email ON public.account_emailaddress USING btree (user_id, "primary") WHERE "primary";


--
-- Name: unique_verified_email; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX unique_verified_email ON public.account_emailaddress USING btree (email) WHERE verified;


--
-- Name: projects_deletion deletion_is_append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER deletion_is_append_only BEFORE UPDATE ON public.projects_deletion FOR EACH ROW EXECUTE FUNCTION public.menkou_refuse_update();


--
-- Name: projects_event event_is_append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER event_is_append_only BEFORE UPDATE ON public.projects_event FOR EACH ROW EXECUTE FUNCTION public.menkou_refuse_update();


--
-- Name: procrastinate_jobs procrastinate_jobs_notify_queue_job_aborted_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_notify_queue_abort_job_v1();


--
-- Name: procrastinate_jobs procrastinate_jobs_notify_queue_job_inserted_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_notify_queue_job_inserted_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_abort_requested_events_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_delete_jobs_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_unlink_periodic_defers_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_scheduled_events_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON public.procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_status_events_insert_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1();


--
-- Name: procrastinate_jobs procrastinate_trigger_status_events_update_v1; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_update_v1();


--
-- Name: projects_project project_changes_are_announced; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER project_changes_are_announced AFTER DELETE OR UPDATE ON public.projects_project FOR EACH ROW EXECUTE FUNCTION public.menkou_announce_project();


--
-- Name: account_emailaddress account_emailaddress_user_id_2c513194_fk_projects_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_2c513194_fk_projects_user_id FOREIGN KEY (user_id) REFERENCES public.projects_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: account_emailconfirmation account_emailconfirm_email_address_id_5b7f8c58_fk_account_e; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirm_email_address_id_5b7f8c58_fk_account_e FOREIGN KEY (email_address_id) REFERENCES public.account_emailaddress(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_applicationsecret applications_applica_application_id_0fc82fd7_fk_applicati; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_applicationsecret
    ADD CONSTRAINT applications_applica_application_id_0fc82fd7_fk_applicati FOREIGN KEY (application_id) REFERENCES public.applications_application(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_applicationsecret applications_applica_created_by_id_f01f8acd_fk_projects_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_applicationsecret
    ADD CONSTRAINT applications_applica_created_by_id_f01f8acd_fk_projects_ FOREIGN KEY (created_by_id) REFERENCES public.projects_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_application applications_applica_project_id_7ea8ba77_fk_projects_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_application
    ADD CONSTRAINT applications_applica_project_id_7ea8ba77_fk_projects_ FOREIGN KEY (project_id) REFERENCES public.projects_project(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_application applications_applica_updated_by_id_2859eb0e_fk_projects_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_application
    ADD CONSTRAINT applications_applica_updated_by_id_2859eb0e_fk_projects_ FOREIGN KEY (updated_by_id) REFERENCES public.projects_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_authorizationrequest applications_authori_application_id_028cafd7_fk_applicati; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_authorizationrequest
    ADD CONSTRAINT applications_authori_application_id_028cafd7_fk_applicati FOREIGN KEY (application_id) REFERENCES public.applications_application(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_consent applications_consent_application_id_fdea238e_fk_applicati; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_consent
    ADD CONSTRAINT applications_consent_application_id_fdea238e_fk_applicati FOREIGN KEY (application_id) REFERENCES public.applications_application(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_consent applications_consent_user_id_119db5de_fk_projects_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_consent
    ADD CONSTRAINT applications_consent_user_id_119db5de_fk_projects_user_id FOREIGN KEY (user_id) REFERENCES public.projects_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_developererror applications_develop_application_id_c90930fe_fk_applicati; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_developererror
    ADD CONSTRAINT applications_develop_application_id_c90930fe_fk_applicati FOREIGN KEY (application_id) REFERENCES public.applications_application(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_grant applications_grant_application_id_c3f8fb82_fk_applicati; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_grant
    ADD CONSTRAINT applications_grant_application_id_c3f8fb82_fk_applicati FOREIGN KEY (application_id) REFERENCES public.applications_application(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_grant applications_grant_project_id_788292a9_fk_projects_project_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_grant
    ADD CONSTRAINT applications_grant_project_id_788292a9_fk_projects_project_id FOREIGN KEY (project_id) REFERENCES public.projects_project(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_grant applications_grant_user_id_3a1a93b1_fk_projects_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_grant
    ADD CONSTRAINT applications_grant_user_id_3a1a93b1_fk_projects_user_id FOREIGN KEY (user_id) REFERENCES public.projects_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_logoutdelivery applications_logoutd_application_id_3447c37b_fk_applicati; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_logoutdelivery
    ADD CONSTRAINT applications_logoutd_application_id_3447c37b_fk_applicati FOREIGN KEY (application_id) REFERENCES public.applications_application(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_logoutrequest applications_logoutr_application_id_fec96c7d_fk_applicati; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_logoutrequest
    ADD CONSTRAINT applications_logoutr_application_id_fec96c7d_fk_applicati FOREIGN KEY (application_id) REFERENCES public.applications_application(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_logoutrequest applications_logoutr_project_id_8e25443c_fk_projects_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_logoutrequest
    ADD CONSTRAINT applications_logoutr_project_id_8e25443c_fk_projects_ FOREIGN KEY (project_id) REFERENCES public.projects_project(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_signingkey applications_signing_project_id_18f28c6e_fk_projects_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_signingkey
    ADD CONSTRAINT applications_signing_project_id_18f28c6e_fk_projects_ FOREIGN KEY (project_id) REFERENCES public.projects_project(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: applications_token applications_token_grant_id_bf74a0a9_fk_applications_grant_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.applications_token
    ADD CONSTRAINT applications_token_grant_id_bf74a0a9_fk_applications_grant_id FOREIGN KEY (grant_id) REFERENCES public.applications_grant(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: auth_group_permissions auth_group_permissio_permission_id_84c5c92e_fk_auth_perm; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: auth_group_permissions auth_group_permissions_group_id_b120cbf9_fk_auth_group_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: auth_permission auth_permission_content_type_id_2f476e4b_fk_django_co; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_connection connections_connecti_project_id_e2b43365_fk_projects_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_connection
    ADD CONSTRAINT connections_connecti_project_id_e2b43365_fk_projects_ FOREIGN KEY (project_id) REFERENCES public.projects_project(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_connection connections_connecti_updated_by_id_64d385de_fk_projects_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_connection
    ADD CONSTRAINT connections_connecti_updated_by_id_64d385de_fk_projects_ FOREIGN KEY (updated_by_id) REFERENCES public.projects_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_endusersession connections_endusers_connection_id_5cb15aeb_fk_connectio; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_endusersession
    ADD CONSTRAINT connections_endusers_connection_id_5cb15aeb_fk_connectio FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_endusersession connections_endusers_project_id_abc2deb0_fk_projects_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_endusersession
    ADD CONSTRAINT connections_endusers_project_id_abc2deb0_fk_projects_ FOREIGN KEY (project_id) REFERENCES public.projects_project(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_endusersession connections_endusersession_user_id_fcef44e1_fk_projects_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_endusersession
    ADD CONSTRAINT connections_endusersession_user_id_fcef44e1_fk_projects_user_id FOREIGN KEY (user_id) REFERENCES public.projects_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_identity connections_identity_connection_id_b38b24a5_fk_connectio; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_identity
    ADD CONSTRAINT connections_identity_connection_id_b38b24a5_fk_connectio FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_identitykey connections_identity_identity_id_0220550e_fk_connectio; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_identitykey
    ADD CONSTRAINT connections_identity_identity_id_0220550e_fk_connectio FOREIGN KEY (identity_id) REFERENCES public.connections_identity(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_identitykey connections_identity_project_id_139fe6ca_fk_projects_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_identitykey
    ADD CONSTRAINT connections_identity_project_id_139fe6ca_fk_projects_ FOREIGN KEY (project_id) REFERENCES public.projects_project(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_identity connections_identity_project_id_91d5dc95_fk_projects_project_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_identity
    ADD CONSTRAINT connections_identity_project_id_91d5dc95_fk_projects_project_id FOREIGN KEY (project_id) REFERENCES public.projects_project(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_identity connections_identity_user_id_71cb2683_fk_projects_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_identity
    ADD CONSTRAINT connections_identity_user_id_71cb2683_fk_projects_user_id FOREIGN KEY (user_id) REFERENCES public.projects_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_pendingsignin connections_pendings_connection_id_8ba3ef6a_fk_connectio; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_pendingsignin
    ADD CONSTRAINT connections_pendings_connection_id_8ba3ef6a_fk_connectio FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_signin connections_signin_connection_id_1c963bb2_fk_connectio; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_signin
    ADD CONSTRAINT connections_signin_connection_id_1c963bb2_fk_connectio FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_signin connections_signin_project_id_50caa6fe_fk_projects_project_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_signin
    ADD CONSTRAINT connections_signin_project_id_50caa6fe_fk_projects_project_id FOREIGN KEY (project_id) REFERENCES public.projects_project(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_signin connections_signin_user_id_b90abab6_fk_projects_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_signin
    ADD CONSTRAINT connections_signin_user_id_b90abab6_fk_projects_user_id FOREIGN KEY (user_id) REFERENCES public.projects_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_storedsecret connections_storedse_connection_id_1c9f8636_fk_connectio; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_storedsecret
    ADD CONSTRAINT connections_storedse_connection_id_1c9f8636_fk_connectio FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_storedsecret connections_storedsecret_set_by_id_9dc26cd9_fk_projects_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_storedsecret
    ADD CONSTRAINT connections_storedsecret_set_by_id_9dc26cd9_fk_projects_user_id FOREIGN KEY (set_by_id) REFERENCES public.projects_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: connections_unreturnedsignins connections_unreturn_connection_id_47a65b2a_fk_connectio; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.connections_unreturnedsignins
    ADD CONSTRAINT connections_unreturn_connection_id_47a65b2a_fk_connectio FOREIGN KEY (connection_id) REFERENCES public.connections_connection(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: mfa_authenticator mfa_authenticator_user_id_0c3a50c0_fk_projects_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mfa_authenticator
    ADD CONSTRAINT mfa_authenticator_user_id_0c3a50c0_fk_projects_user_id FOREIGN KEY (user_id) REFERENCES public.projects_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: procrastinate_events procrastinate_events_job_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id) ON DELETE CASCADE;


--
-- Name: procrastinate_jobs procrastinate_jobs_worker_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.procrastinate_workers(id) ON DELETE SET NULL;


--
-- Name: procrastinate_periodic_defers procrastinate_periodic_defers_job_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id);


--
-- Name: projects_event projects_event_project_id_83fb4f26_fk_projects_project_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_event
    ADD CONSTRAINT projects_event_project_id_83fb4f26_fk_projects_project_id FOREIGN KEY (project_id) REFERENCES public.projects_project(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: projects_eventorigin projects_eventorigin_event_id_6cd4f5b0_fk_projects_event_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_eventorigin
    ADD CONSTRAINT projects_eventorigin_event_id_6cd4f5b0_fk_projects_event_id FOREIGN KEY (event_id) REFERENCES public.projects_event(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: projects_eventorigin projects_eventorigin_project_id_c5d2bc8b_fk_projects_project_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_eventorigin
    ADD CONSTRAINT projects_eventorigin_project_id_c5d2bc8b_fk_projects_project_id FOREIGN KEY (project_id) REFERENCES public.projects_project(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: projects_invitation projects_invitation_invited_by_id_0764808d_fk_projects_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_invitation
    ADD CONSTRAINT projects_invitation_invited_by_id_0764808d_fk_projects_user_id FOREIGN KEY (invited_by_id) REFERENCES public.projects_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: projects_invitation projects_invitation_project_id_344791e0_fk_projects_project_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_invitation
    ADD CONSTRAINT projects_invitation_project_id_344791e0_fk_projects_project_id FOREIGN KEY (project_id) REFERENCES public.projects_project(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: projects_membership projects_membership_project_id_5f65bf3f_fk_projects_project_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_membership
    ADD CONSTRAINT projects_membership_project_id_5f65bf3f_fk_projects_project_id FOREIGN KEY (project_id) REFERENCES public.projects_project(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: projects_membership projects_membership_user_id_13374535_fk_projects_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_membership
    ADD CONSTRAINT projects_membership_user_id_13374535_fk_projects_user_id FOREIGN KEY (user_id) REFERENCES public.projects_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: projects_user projects_user_project_id_c0455e8f_fk_projects_project_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.projects_user
    ADD CONSTRAINT projects_user_project_id_c0455e8f_fk_projects_project_id FOREIGN KEY (project_id) REFERENCES public.projects_project(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: socialaccount_socialtoken socialaccount_social_account_id_951f210e_fk_socialacc; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.socialaccount_socialtoken
    ADD CONSTRAINT socialaccount_social_account_id_951f210e_fk_socialacc FOREIGN KEY (account_id) REFERENCES public.socialaccount_socialaccount(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: socialaccount_socialtoken socialaccount_social_app_id_636a42d7_fk_socialacc; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.socialaccount_socialtoken
    ADD CONSTRAINT socialaccount_social_app_id_636a42d7_fk_socialacc FOREIGN KEY (app_id) REFERENCES public.socialaccount_socialapp(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: socialaccount_socialaccount socialaccount_social_user_id_8146e70c_fk_projects_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.socialaccount_socialaccount
    ADD CONSTRAINT socialaccount_social_user_id_8146e70c_fk_projects_ FOREIGN KEY (user_id) REFERENCES public.projects_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- PostgreSQL database dump complete
--

\unrestrict c12DIH4VFxDvj3GeVPMYG8U1uvNGMsBSBolfMh1dm4GDpH1Bf4uAsp0PG01KReJ

