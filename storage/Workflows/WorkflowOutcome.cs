namespace StepCloud.Storage.Workflows;

/// <summary>What became of a change to a blueprint's version, to a job, to a case or to a folder. What is no success has written nothing.</summary>
public abstract record WorkflowOutcome<T>
{
    private WorkflowOutcome()
    {
    }

    /// <param name="Value">As it stands now.</param>
    public sealed record Done(T Value) : WorkflowOutcome<T>;

    public sealed record NotDone(WorkflowRefusal Why) : WorkflowOutcome<T>;
}

/// <summary>Why a change was not made.</summary>
public abstract record WorkflowRefusal
{
    private WorkflowRefusal()
    {
    }

    /// <param name="What">Such as `job`.</param>
    public sealed record NotFound(string What) : WorkflowRefusal;

    /// <summary>It changed since it was read.</summary>
    public sealed record Stale(long Version) : WorkflowRefusal;

    /// <summary>A value makes no sense in the light of what is stored.</summary>
    /// <param name="Pointer">Into the request's body.</param>
    public sealed record Invalid(string Pointer, string Detail) : WorkflowRefusal;

    /// <summary>Another one has this value, which only one can have.</summary>
    public sealed record Taken(string Field) : WorkflowRefusal;

    /// <summary>It cannot be done as things are.</summary>
    /// <param name="Code">One of the API's catalogue of problems.</param>
    public sealed record Refused(string Code, string Detail) : WorkflowRefusal;
}

/// <summary>Thrown out of a transaction, which it rolls back, when what it was to do cannot be done.</summary>
internal sealed class WorkflowRefusedException(WorkflowRefusal why) : Exception("The change was refused.")
{
    public WorkflowRefusal Why => why;
}
