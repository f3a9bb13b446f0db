"""Feed of the index by HL7 v2: what IHE PAM calls ITI-30 and ITI-31, in its French version, over MLLP.

Only the identity is taken; stays and movements are not kept. Sources: IHE ITI TF-2 3.30, 3.31; ITI TF-4 chapter 4
(national extensions for France); PAM France 2.11.
"""
