-- Whose a claim is: so that what was claimed by a process that died can be done by the next one, where it is known that it was not done.

ALTER TABLE idempotent_request
    -- Made anew when a process starts. Null: claimed before there was this column.
    ADD COLUMN process_id uuid,
    -- Made anew for each claim. Whoever keeps an answer or releases the key names it, and finds nothing when another one has taken over.
    ADD COLUMN claim_id uuid,
    -- True: the answer is written by the one transaction that does all that is asked for. Without an answer nothing was done.
    ADD COLUMN in_one_transaction boolean NOT NULL DEFAULT false;
