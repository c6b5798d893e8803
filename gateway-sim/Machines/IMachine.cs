namespace StepCloud.GatewaySim.Machines;

/// <summary>A simulated device: what it is, and what it does, one step after the other, without end.</summary>
public interface IMachine
{
    MachineKind Kind { get; }

    IEnumerable<StepDraft> Work();
}
