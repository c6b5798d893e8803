using StepCloud.Contracts.Ids;

namespace StepCloud.Actors.Workflows;

/// <summary>All that is known of a job when it is held against its blueprint.</summary>
/// <param name="Aligned">The steps that were done for it, at their places. Those to be done again are not among them.</param>
/// <param name="Now">By the server's clock.</param>
public sealed record JobFacts(Alignment Aligned, DateTimeOffset Now)
{
    /// <summary>Steps of one job that are looked at: ten times a blueprint's. A code that a gateway sends with every step is none of a job.</summary>
    public const int StepsMax = 1000;

    /// <summary>No more steps will come.</summary>
    public bool IsComplete { get; init; }

    /// <summary>There are more steps than are looked at.</summary>
    public bool HasMoreSteps { get; init; }

    /// <summary>How often each expected step was to be done again, by its key.</summary>
    public IReadOnlyDictionary<string, int> Reworks { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    public IReadOnlyList<JobLot> Lots { get; init; } = [];

    /// <summary>Lots that are not validated with the device, firmware and program of a step, by the step: those that the expected step uses.</summary>
    public IReadOnlyDictionary<StepId, IReadOnlyList<NotValidated>> NotValidated { get; init; } = new Dictionary<StepId, IReadOnlyList<NotValidated>>();

    /// <summary>What was overdue of a step's device when it began.</summary>
    public IReadOnlyDictionary<StepId, IReadOnlyList<OverduePlan>> Overdue { get; init; } = new Dictionary<StepId, IReadOnlyList<OverduePlan>>();
}

/// <param name="Expires">The last day on which it may be used; null for ever.</param>
public sealed record JobLot(Guid Id, string Material, string Lot, DateOnly? Expires)
{
    public string Name => $"{Material} {Lot}";
}

/// <param name="With">The device's model, its firmware and its program, for a person.</param>
public sealed record NotValidated(JobLot Lot, string With);

/// <param name="Name">Of the plan, such as `Yearly calibration`.</param>
public sealed record OverduePlan(string Name, DateOnly Due);
