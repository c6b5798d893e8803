using StepCloud.Contracts.Workflows;

namespace StepCloud.Api.Workflows.Records;

/// <summary>Does what a record says agree with itself? A record that was signed and does not was made wrong, or made up.</summary>
internal static class RecordAgreement
{
    public static IEnumerable<string> FaultsOf(BatchRecordFile file)
    {
        RecordFacts facts = file.Record.Facts;
        return [.. OfSteps(facts), .. OfCharts(file), .. OfDeviations(file)];
    }

    private static IEnumerable<string> OfSteps(RecordFacts facts)
    {
        foreach (IGrouping<Guid, RecordStep> twice in facts.Steps.GroupBy(step => step.Id).Where(group => group.Count() > 1))
            yield return $"The step {twice.Key} is there {twice.Count()} times.";
        HashSet<Guid> there = [.. facts.Steps.Select(step => step.Id)];
        foreach (RecordExpected expected in facts.Expected)
        {
            foreach (Guid step in expected.Steps.Where(step => !there.Contains(step)))
                yield return $"The expected step '{expected.Key}' names the step {step}, which is not there.";
        }

        foreach (Guid step in facts.Extra.Where(step => !there.Contains(step))) yield return $"The extra step {step} is not there.";
        // What is to be done again counts no more, and is shown nevertheless.
        IEnumerable<Guid> reworked = facts.Choices.GroupBy(choice => choice.StepId).Where(choices => choices.Last().Choice == "reworked").Select(choices => choices.Key);
        HashSet<Guid> named = [.. facts.Extra, .. facts.Expected.SelectMany(expected => expected.Steps), .. reworked];
        foreach (RecordStep step in facts.Steps)
        {
            if (!named.Contains(step.Id)) yield return $"The step {step.Id} is neither an expected one nor an extra one, nor to be done again.";
            if (step.Ended < step.Started) yield return $"The step {step.Id} ended before it started.";
            foreach (IGrouping<string, RecordSeries> twice in step.Series.GroupBy(series => series.Name, StringComparer.Ordinal).Where(group => group.Count() > 1))
                yield return $"The step {step.Id} has the series '{twice.Key}' {twice.Count()} times.";
        }
    }

    private static IEnumerable<string> OfCharts(BatchRecordFile file)
    {
        foreach ((Guid id, IReadOnlyDictionary<string, RecordChart> charts) in file.Charts)
        {
            if (file.Record.Facts.Steps.FirstOrDefault(step => step.Id == id) is not { } step)
            {
                yield return $"There are charts of the step {id}, which is not there.";
                continue;
            }

            foreach ((string name, RecordChart chart) in charts)
            {
                string of = $"The chart of '{name}' of the step {id}";
                if (step.Series.FirstOrDefault(series => series.Name == name) is not { } series) yield return $"{of} is of no series that is there.";
                else if (chart.Values.Any(value => value < series.Min || value > series.Max)) yield return $"{of} goes beyond what the record says is least and greatest.";
                if (chart.TimesUs.Count != chart.Values.Count) yield return $"{of} has {chart.TimesUs.Count} times and {chart.Values.Count} values.";
                if (chart.TimesUs.Zip(chart.TimesUs.Skip(1)).Any(pair => pair.Second < pair.First)) yield return $"{of} goes back in time.";
            }
        }
    }

    private static IEnumerable<string> OfDeviations(BatchRecordFile file)
    {
        bool isReleased = file.Record.Facts.Job.State == SignatureFacts.Released || file.Signatures.Any(row => row.Meaning == SignatureFacts.Released);
        foreach (RecordDeviation deviation in file.Record.Facts.Deviations)
        {
            if (isReleased && deviation.State == RecordDeviation.Open) yield return $"The job is released, and the deviation {deviation.Id} ({deviation.Code}) is open.";
            if ((deviation.State == "closed") != (deviation.Disposition is not null))
                yield return $"The deviation {deviation.Id} ({deviation.Code}) is {deviation.State}, and its disposition is {deviation.Disposition ?? "missing"}.";
        }
    }
}
