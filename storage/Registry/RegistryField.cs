namespace StepCloud.Storage.Registry;

public enum FieldKind
{
    Text,

    /// <summary>A UUID.</summary>
    Id,
    Flag,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A finite number of any size.</summary>
    Decimal,
    Time,

    /// <summary>A day of the calendar, in no time zone (<see cref="CalendarDates"/>).</summary>
    Date,

    /// <summary>A list of texts.</summary>
    Texts,
}

/// <summary>When a field can be written.</summary>
public enum FieldWrite
{
    Never,
    AtCreation,
    Always,
}

/// <summary>One field of a thing of the registry: how it is stored, who may write what into it, and what the API says of it.</summary>
/// <param name="Name">In JSON, in queries and as the head of a CSV column.</param>
/// <param name="Description">One sentence, for the API's documentation.</param>
public sealed record RegistryField(string Name, FieldKind Kind, string Description)
{
    /// <summary>What reads it, in SQL; `t` is the table of the entity.</summary>
    public string Select { get; init; } = "t." + Name;

    /// <summary>The column that is written.</summary>
    public string Column { get; init; } = Name;

    public FieldWrite Write { get; init; }

    /// <summary>Must be given at the creation, and can never be null.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Can be null.</summary>
    public bool IsNullable { get; init; }

    /// <summary>Is never read as null: written, null takes the own value away, and something else stands behind it.</summary>
    public bool IsResetByNull { get; init; }

    /// <summary>Characters of a text, or of each of a list.</summary>
    public int CharsMax { get; init; } = 200;

    /// <summary>Elements of a list.</summary>
    public int CountMax { get; init; } = 50;

    /// <summary>The least and the greatest of a number.</summary>
    public (double Min, double Max) Range { get; init; } = (double.MinValue, double.MaxValue);

    /// <summary>All values that there are; null for any.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>The entity whose id it is. Looked up by name, as entities refer to each other.</summary>
    public string? Reference { get; init; }

    /// <summary>What else a text must be: gives what is wrong as a sentence, or null.</summary>
    public Func<string, string?>? Fault { get; init; }

    /// <summary>What of <see cref="Fault"/> a regular expression (ECMA-262) can say, for the documentation.</summary>
    public string? Pattern { get; init; }

    /// <summary>Lists can be narrowed by its value.</summary>
    public bool IsFilter { get; init; }

    /// <summary>Lists can be ordered by it.</summary>
    public bool IsSort { get; init; }

    /// <summary>For the documentation: as it stands in JSON.</summary>
    public string? Example { get; init; }

    /// <summary>What lists are ordered by: nulls come first, as the empty text, or as the date before all.</summary>
    internal string SortExpression => (IsNullable, Kind) switch
    {
        (true, FieldKind.Text) => $"coalesce({Select}, '')",
        (true, FieldKind.Date) => $"coalesce({Select}, '-infinity')",
        _ => Select,
    };
}
