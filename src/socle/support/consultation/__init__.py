"""The public consultation on an edition of the doctrine, from its opening to the edition that it leads to.

People and organisations contribute on a chapter, a paragraph or a requirement; each contribution gets a public answer
and, when it is accepted, the change that it caused. Source: the doctrine's yearly process (chapter 26, observatory).
"""
