-- Who there is: organizations, their sites, users, gateways and devices. Ids are made outside (UUIDv7, RFC 9562 §5.7).

CREATE TABLE organization (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE site (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organization,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- Lets a row elsewhere name site and organization together, so that they cannot contradict each other.
    UNIQUE (id, organization_id)
);

CREATE INDEX site_by_organization ON site (organization_id);

CREATE TABLE app_user (
    id uuid PRIMARY KEY,
    -- Null for an administrator of the installation.
    organization_id uuid REFERENCES organization,
    email text NOT NULL,
    name text NOT NULL,
    -- PHC string format.
    password_hash text NOT NULL,
    roles text[] NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    disabled_at timestamptz
);

CREATE UNIQUE INDEX app_user_email ON app_user (lower(email));
CREATE INDEX app_user_by_organization ON app_user (organization_id);

CREATE TABLE gateway (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    site_id uuid NOT NULL,
    name text NOT NULL,
    serial text,
    created_by uuid NOT NULL REFERENCES app_user,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    revoked_at timestamptz,
    FOREIGN KEY (site_id, organization_id) REFERENCES site (id, organization_id)
);

CREATE INDEX gateway_by_site ON gateway (site_id);

CREATE TABLE manufacturer (
    id uuid PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE device_model (
    id uuid PRIMARY KEY,
    -- Null for the model `default`, which stands for whatever no other model matches.
    manufacturer_id uuid REFERENCES manufacturer,
    name text NOT NULL UNIQUE,
    -- resin_printer, ultrasonic_washer, curing_unit, energy_meter, other ...
    kind text NOT NULL,
    -- Matched against the whole of what a device tells as its model, without regard to case; `*` stands for any characters.
    patterns text[] NOT NULL
);

CREATE TABLE device (
    -- Made by the gateway.
    id uuid PRIMARY KEY,
    site_id uuid NOT NULL REFERENCES site,
    -- The one that announced it last.
    gateway_id uuid NOT NULL REFERENCES gateway,
    model_id uuid NOT NULL REFERENCES device_model,
    source text NOT NULL,
    -- What the device told, word for word: a pattern that is added later can be matched against it.
    model text NOT NULL,
    interface text NOT NULL,
    label text NOT NULL,
    serial text,
    network_address text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (site_id, source)
);

CREATE INDEX device_by_gateway ON device (gateway_id);
