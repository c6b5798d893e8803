using StepCloud.Storage.Registry;

namespace StepCloud.Storage.Alarms;

/// <summary>What a channel must be beyond what its fields are, one by one.</summary>
internal static class AlarmChannelHooks
{
    /// <summary>Channels of one organization: each is asked of every alarm, and a large one has one for each of some hundred people.</summary>
    public const int ChannelsMax = 500;

    /// <summary>Before a channel is made or changed.</summary>
    public static async Task<RegistryOutcome?> CheckAsync(DatabaseSession transaction, RegistryChange change, CancellationToken cancellationToken)
    {
        Dictionary<string, object?> values = await RegistryHooks.MergedAsync(transaction, change, cancellationToken);
        Guid organization = (Guid)values["organization"]!;
        string[]? users = (string[]?)values.GetValueOrDefault("users");
        bool hasUrl = values.GetValueOrDefault("url") is not null;
        switch ((string)values["kind"]!)
        {
            case "email" when hasUrl: return new RegistryOutcome.Invalid("url", "It is not of an e-mail channel.");
            case "email" when users is null: return new RegistryOutcome.Invalid("users", "It is missing.");
            case "webhook" when users is not null: return new RegistryOutcome.Invalid("users", "It is not of a webhook.");
            case "webhook" when !hasUrl: return new RegistryOutcome.Invalid("url", "It is missing.");
        }

        if (change.IsCreation && await AlarmRuleHooks.CountAsync(transaction, change.Entity, organization, cancellationToken) >= ChannelsMax)
            return new RegistryOutcome.Refused("too_many_alarm_channels", $"There can be {ChannelsMax}, with those in the archive.");
        return await UnknownAsync(
                transaction, change, "users", organization, "app_user WHERE email_verified_at IS NOT NULL AND disabled_at IS NULL AND archived_at IS NULL AND",
                "No member of the organization with a verified address has this id", cancellationToken)
            ?? await UnknownAsync(transaction, change, "rules", organization, "alarm_rule WHERE", "There is no rule with this id", cancellationToken)
            ?? await UnknownAsync(transaction, change, "sites", organization, "site WHERE", "There is no site with this id", cancellationToken);
    }

    /// <param name="from">A table, and what its rows must be.</param>
    private static async Task<RegistryOutcome?> UnknownAsync(
        DatabaseSession transaction, RegistryChange change, string field, Guid organization, string from, string sentence, CancellationToken cancellationToken)
    {
        if (change.Values.GetValueOrDefault(field) is not string[] texts) return null;
        Guid[] ids = [.. texts.Select(Guid.Parse)];
        HashSet<Guid> known = [.. await transaction.ListAsync(
            new Sql($"SELECT id FROM {from} organization_id = $1 AND id = ANY ($2)", organization, ids), row => row.GetGuid(0), cancellationToken)];
        return ids.FirstOrDefault(id => !known.Contains(id)) is var unknown && unknown != Guid.Empty
            ? new RegistryOutcome.Invalid(field, $"{sentence}: {unknown}.")
            : null;
    }
}
