-- A device that goes into the archive, or comes out of it, is told to whoever keeps in mind which devices there are.

CREATE TRIGGER device_archive_changed AFTER UPDATE OF archived_at ON device
    FOR EACH ROW WHEN (OLD.archived_at IS DISTINCT FROM NEW.archived_at) EXECUTE FUNCTION notify_stepcloud('device_archive_changed');
