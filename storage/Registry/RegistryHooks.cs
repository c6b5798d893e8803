using StepCloud.Actors.Ports;
using StepCloud.Contracts.Ids;
using StepCloud.Contracts.Sessions;

namespace StepCloud.Storage.Registry;

/// <summary>What single entities need beyond the pattern.</summary>
internal static class RegistryHooks
{
    /// <summary>The catalogue's model of what a device tells.</summary>
    public static async Task<RegistryOutcome?> MatchModelAsync(DatabaseSession transaction, RegistryChange change, CancellationToken cancellationToken)
    {
        change.Columns["model_id"] = (await ModelCatalogue.LoadAsync(transaction, cancellationToken)).Match((string)change.Values["announced_model"]!).Model.Value;
        return null;
    }

    /// <summary>Whoever is of it is shown out at once; that nobody comes in again is `session_is_open`'s and the sign-in's.</summary>
    public static async Task<RegistryOutcome?> CloseOrganizationAsync(
        DatabaseSession transaction, RegistryChange change, CancellationToken cancellationToken)
    {
        await EndSessionsAsync(
            transaction, change, SessionEnds.OrganizationArchived,
            """
            CASE holder_kind
                WHEN 1 THEN holder_id IN (SELECT id FROM app_user WHERE organization_id = $1)
                ELSE holder_id IN (SELECT id FROM gateway WHERE organization_id = $1) END
            """,
            cancellationToken);
        return null;
    }

    public static async Task<RegistryOutcome?> RequireEmptySiteAsync(
        DatabaseSession transaction, RegistryChange change, CancellationToken cancellationToken) =>
        await transaction.ScalarAsync<bool>(
            new Sql("SELECT EXISTS (SELECT FROM gateway WHERE site_id = $1 AND archived_at IS NULL AND revoked_at IS NULL)", change.Id), cancellationToken)
            ? new RegistryOutcome.Refused("site_in_use", "Transfer or archive its gateways first.")
            : null;

    /// <summary>A gateway in the archive does not come in. Restored, it has to be paired again.</summary>
    public static async Task<RegistryOutcome?> UnpairGatewayAsync(
        DatabaseSession transaction, RegistryChange change, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(
            new Sql("UPDATE gateway SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", change.Id, change.At), cancellationToken);
        await EndSessionsAsync(transaction, change, SessionEnds.Unpaired, "holder_kind = 2 AND holder_id = $1", cancellationToken);
        await transaction.ExecuteAsync(new Sql("DELETE FROM provisioning_secret WHERE gateway_id = $1", change.Id), cancellationToken);
        await transaction.ExecuteAsync(new Sql("UPDATE pairing_request SET is_approved = false WHERE gateway_id = $1 AND is_approved", change.Id), cancellationToken);
        return null;
    }

    /// <summary>A device that matches nothing needs a model too.</summary>
    public static async Task<RegistryOutcome?> KeepTheLastResortAsync(
        DatabaseSession transaction, RegistryChange change, CancellationToken cancellationToken) =>
        (change.Columns.ContainsKey("patterns") || change.Columns.ContainsKey("archived_at")) && await transaction.ScalarAsync<bool>(new Sql("SELECT '*' = ANY (patterns) FROM device_model WHERE id = $1", change.Id), cancellationToken)
            ? new RegistryOutcome.Refused("last_resort", "It keeps its pattern, and cannot be archived.")
            : null;

    /// <summary>The values as they will stand there.</summary>
    public static async Task<Dictionary<string, object?>> MergedAsync(DatabaseSession transaction, RegistryChange change, CancellationToken cancellationToken)
    {
        Dictionary<string, object?> values = new(change.Values, StringComparer.Ordinal);
        if (change.IsCreation) return values;
        RegistryRow row = await RegistryWrites.ReadAsync(transaction, change.Entity, change.Id, cancellationToken);
        foreach (RegistryField field in change.Entity.Own) values.TryAdd(field.Name, RegistryWrites.Value(change.Entity, row, field));
        return values;
    }

    /// <summary>The one date may not be after the other.</summary>
    public static RegistryHook InOrder(string early, string late) => async (transaction, change, cancellationToken) =>
    {
        Dictionary<string, object?> values = await MergedAsync(transaction, change, cancellationToken);
        if (values.GetValueOrDefault(early) is not DateOnly first || values.GetValueOrDefault(late) is not DateOnly last || first <= last) return null;
        return change.Values.ContainsKey(late)
            ? new RegistryOutcome.Invalid(late, $"It cannot be before `{early}`, {CalendarDates.Write(first)}.")
            : new RegistryOutcome.Invalid(early, $"It cannot be after `{late}`, {CalendarDates.Write(last)}.");
    };

    /// <param name="which">In SQL, with the id of what is archived as `$1`.</param>
    private static async Task EndSessionsAsync(
        DatabaseSession transaction, RegistryChange change, string reason, string which, CancellationToken cancellationToken)
    {
        List<(SessionId Session, HolderKind Kind, Guid Holder)> ended = await transaction.ListAsync(
            new Sql(
                $"UPDATE session SET ended_at = $2, end_reason = $3 WHERE ended_at IS NULL AND {which} RETURNING id, holder_kind, holder_id",
                change.Id, change.At, reason),
            reader => (new SessionId(reader.GetGuid(0)), (HolderKind)reader.GetInt16(1), reader.GetGuid(2)),
            cancellationToken);
        change.Entries.AddRange(
            ended.Select(end => SessionEntries.Ended(change.Organization, change.Doer, end.Session, end.Kind, end.Holder, reason)));
    }
}
