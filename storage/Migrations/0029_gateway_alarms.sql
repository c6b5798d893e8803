-- Alarms of gateways: one that should send is not heard. Until now an alarm was of a device.

ALTER TABLE alarm_rule
    -- Only of the condition `gateway_silence`. Null: all gateways of the organization.
    ADD COLUMN gateway_id uuid REFERENCES gateway,
    DROP CONSTRAINT alarm_rule_condition_check,
    ADD CONSTRAINT alarm_rule_condition_check CHECK (condition IN ('series', 'setting', 'outcome', 'state', 'silence', 'gateway_silence')),
    DROP CONSTRAINT alarm_rule_check1,
    ADD CONSTRAINT alarm_rule_whose CHECK (
        CASE WHEN condition = 'gateway_silence' THEN model_id IS NULL AND device_id IS NULL
            ELSE gateway_id IS NULL AND (model_id IS NULL) <> (device_id IS NULL) END);

ALTER TABLE alarm
    ALTER COLUMN device_id DROP NOT NULL,
    ADD COLUMN gateway_id uuid REFERENCES gateway,
    ADD CONSTRAINT alarm_of_one CHECK ((device_id IS NULL) <> (gateway_id IS NULL));

-- As alarm_open has it of a device.
CREATE UNIQUE INDEX alarm_open_of_gateway ON alarm (rule_id, gateway_id) WHERE cleared_at IS NULL AND gateway_id IS NOT NULL;
CREATE INDEX alarm_by_gateway ON alarm (gateway_id, id DESC) WHERE gateway_id IS NOT NULL;

ALTER TABLE alarm_delivery
    ADD COLUMN gateway_id uuid,
    ADD CONSTRAINT alarm_delivery_of_one CHECK (device_id IS NULL OR gateway_id IS NULL);

DROP INDEX alarm_delivery_last;
CREATE INDEX alarm_delivery_last ON alarm_delivery (channel_id, rule_id, coalesce(device_id, gateway_id), due_at DESC);
