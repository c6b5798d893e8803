-- 1. Pictures of device models: which one a model has is part of the model, so that another picture is another version of it.

ALTER TABLE device_model ADD COLUMN picture_hash bytea CHECK (octet_length(picture_hash) = 32);
UPDATE device_model AS m SET picture_hash = p.hash FROM device_model_picture AS p WHERE p.model_id = m.id;
ALTER TABLE device_model_picture
    DROP COLUMN hash,
    ADD CHECK (media_type IN ('image/png', 'image/jpeg', 'image/webp')),
    ADD CHECK (octet_length(content) BETWEEN 1 AND 524288);
-- It is compressed as it is.
ALTER TABLE device_model_picture ALTER COLUMN content SET STORAGE EXTERNAL;

-- 2. What a gateway tells of its hardware when it asks to be paired; most tell nothing.

ALTER TABLE pairing_request ADD COLUMN hardware_version text;
