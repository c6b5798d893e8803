using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Primitives;
using StepCloud.Api.Http;
using StepCloud.Contracts.Ids;
using StepCloud.Storage.Registry;

namespace StepCloud.Api.Registry;

/// <summary>What a list was asked for, read from the query of the address. Whatever is not known is refused: a misspelt filter must not list everything.</summary>
internal sealed record RegistryQuery(RegistryFilter Filter, int Limit, bool WithCount)
{
    public const string Search = "q";
    public const string Sort = "sort";
    public const string Limited = "limit";
    public const string After = "after";
    public const string Count = "count";
    public const string Archived = "archived";
    public const string UpdatedSince = "updated_since";

    public const int SearchCharsMax = 100;

    /// <summary>Values of one filter.</summary>
    public const int ValuesMax = 50;

    /// <summary>The one organization whose things alone were asked for.</summary>
    public OrganizationId? Organization =>
        Filter.Equal.FirstOrDefault(equal => equal.Field.Name == "organization").Values is [Guid only] ? new OrganizationId(only) : null;

    private static readonly string[] Known = [Search, Sort, Limited, After, Count, Archived, UpdatedSince];

    public static (RegistryQuery? Query, ProblemHttpResult? Problem) Read(
        RegistryEntity entity, OrganizationId? organization, IQueryCollection query)
    {
        RegistryFilter filter = new() { Organization = organization };
        int limit = PageLimits.Default;
        bool withCount = false;
        List<(RegistryField, IReadOnlyList<object>)> equal = [];
        foreach ((string name, StringValues given) in query)
        {
            string value = given.Count == 1 ? given[0] ?? "" : "";
            string? fault = null;
            if (Known.Contains(name) && given.Count != 1) fault = "It is given once.";
            else if (name == Search) fault = SearchFault(value, ref filter);
            else if (name == Limited) fault = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= PageLimits.Max ? null : $"It must be between 1 and {PageLimits.Max}.";
            else if (name == Count) fault = bool.TryParse(value, out withCount) ? null : "It must be true or false.";
            else if (name == Archived) fault = ArchivedFault(value, ref filter);
            else if (name == UpdatedSince) fault = TimeFault(value, ref filter);
            else if (name == Sort) fault = SortFault(entity, value, ref filter);
            else if (name != After) fault = EqualFault(entity, name, given, equal);
            if (fault is not null) return (null, Problems.InvalidRequest(name, fault));
        }

        filter = filter with { Equal = equal };
        // Last, since it is read in the light of the order.
        if (query.TryGetValue(After, out StringValues after))
        {
            if (RegistryCursor.Read(after.ToString(), filter) is not { } mark)
                return (null, Problems.InvalidRequest(After, "It must be the `next` of the page before, asked for with the same `sort`."));
            filter = filter with { After = mark };
        }

        return (new RegistryQuery(filter, limit, withCount), null);
    }

    private static string? SearchFault(string value, ref RegistryFilter filter)
    {
        filter = filter with { Words = RegistryFilter.WordsOf(value) };
        return value.Length > SearchCharsMax ? $"It can have {SearchCharsMax} characters."
            : filter.Words.Count == 0 ? "It must hold a letter or a digit." : null;
    }

    private static string? ArchivedFault(string value, ref RegistryFilter filter)
    {
        ArchivedFilter? archived = value switch { "false" => ArchivedFilter.No, "true" => ArchivedFilter.Only, "any" => ArchivedFilter.Any, _ => null };
        filter = filter with { Archived = archived ?? ArchivedFilter.No };
        return archived is null ? "It must be false, true or any." : null;
    }

    private static string? TimeFault(string value, ref RegistryFilter filter)
    {
        if (!QueryTime.TryRead(value, out DateTimeOffset since)) return QueryTime.Fault;
        filter = filter with { UpdatedSince = since };
        return null;
    }

    private static string? SortFault(RegistryEntity entity, string value, ref RegistryFilter filter)
    {
        bool isDescending = value.StartsWith('-');
        RegistryField? field = entity.Find(isDescending ? value[1..] : value);
        if (field is not { IsSort: true })
            return $"It must be one of {string.Join(", ", SortNames(entity))}; with - before it, the other way round.";
        filter = filter with { Sort = field.Name == "id" ? null : field, IsDescending = isDescending };
        return null;
    }

    private static string? EqualFault(RegistryEntity entity, string name, StringValues given, List<(RegistryField, IReadOnlyList<object>)> equal)
    {
        if (entity.Find(name) is not { IsFilter: true } field)
            return $"There is no such parameter here. There are: {string.Join(", ", Known.Concat(FilterNames(entity)))}.";
        if (given.Count > ValuesMax) return $"It can be given {ValuesMax} times.";
        List<object> values = [];
        foreach (string? text in given)
        {
            if (RegistryText.Parse(field, text ?? "") is not { } value) return RegistryText.Expectation(field);
            values.Add(value);
        }

        equal.Add((field, values));
        return null;
    }

    public static IEnumerable<string> SortNames(RegistryEntity entity) => entity.Fields.Where(field => field.IsSort).Select(field => field.Name);

    public static IEnumerable<string> FilterNames(RegistryEntity entity) => entity.Fields.Where(field => field.IsFilter).Select(field => field.Name);
}

/// <summary>Where a page ended, in a text that is taken back as it is. By id it is the id itself.</summary>
internal static class RegistryCursor
{
    public static string Write(RegistryEntity entity, RegistryFilter filter, RegistryRow row)
    {
        if (filter.Sort is not { } sort) return row.Id.ToString("D");
        object? value = row.Values[entity.IndexOf(sort.Name)];
        string text = value switch
        {
            DateTimeOffset time => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            DateOnly date => CalendarDates.Write(date),
            _ => value?.ToString() ?? "",
        };
        return System.Buffers.Text.Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes<string[]>([sort.Name, text, row.Id.ToString("D")]));
    }

    public static (object? Value, Guid Id)? Read(string text, RegistryFilter filter)
    {
        if (filter.Sort is not { } sort) return Guid.TryParseExact(text, "D", out Guid only) ? (null, only) : null;
        try
        {
            string[]? parts = JsonSerializer.Deserialize<string[]>(System.Buffers.Text.Base64Url.DecodeFromChars(text));
            if (parts is not [var name, { } value, var end] || name != sort.Name || !Guid.TryParseExact(end, "D", out Guid id)) return null;
            // Nulls come before all dates: to the database the least of them is infinite.
            if (sort.Kind == FieldKind.Date) return (value.Length == 0 ? DateOnly.MinValue : CalendarDates.Parse(value)) is { } date ? (date, id) : null;
            if (sort.Kind != FieldKind.Time) return value.Contains('\0') ? null : (value, id);
            return DateTimeOffset.TryParseExact(value, "O", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
                ? (time.ToUniversalTime(), id)
                : null;
        }
        catch (Exception e) when (e is FormatException or JsonException or DecoderFallbackException)
        {
            return null;
        }
    }
}
